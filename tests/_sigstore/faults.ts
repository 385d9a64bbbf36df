/** What a service may do wrong on the wire, whatever it is asked. */
export type WireFault =
  /** 429 with `Retry-After`. */
  | "tooManyRequests"
  /** 500. */
  | "serverError"
  /** 404. */
  | "notFound"
  /** Takes the request and never answers. */
  | "slow"
  /** Half of the right answer, then the connection breaks. */
  | "cutOff"
  /** Half of the right answer, then nothing more. */
  | "stalled"
  /** An answer that never ends. */
  | "endless"
  /** 307 to `location`. */
  | "redirect"
  /** 200 with a page in HTML. */
  | "notJson"
  /** 200 with no body. */
  | "nothing";

/** How to misbehave. */
export interface FaultOptions {
  /** How many requests are answered wrongly; then all is well again. Without: all. */
  times?: number;
  /** Which requests: those whose path begins so. Without: all. */
  path?: string;
  /** Seconds, for `tooManyRequests`. 0 if not given. */
  retryAfter?: number;
  /** When `cutOff` breaks the connection. 5 ms after the first half was sent if not given. */
  cut?: Promise<void>;
  /** Where `redirect` leads to. */
  location?: string;
  /** What `endless` repeats; spaces if not given, which JSON allows before a value. */
  filling?: string;
}

interface ActiveFault<Kind> extends FaultOptions {
  readonly kind: Kind;
}

const WIRE_FAULTS: ReadonlySet<string> = new Set(
  [
    "tooManyRequests",
    "serverError",
    "notFound",
    "slow",
    "cutOff",
    "stalled",
    "endless",
    "redirect",
    "notJson",
    "nothing",
  ] satisfies WireFault[],
);

/** What a service is told to do wrong. `Kind` are the faults that are its own, besides those on the wire. */
export class Faults<Kind extends string = never> {
  #active: ActiveFault<Kind | WireFault>[] = [];

  /** Adds a fault; several may be active; the one added first comes first. */
  add(kind: Kind | WireFault, options: FaultOptions = {}): void {
    this.#active.push({ ...options, kind });
  }

  /** Takes all faults away. */
  clear(): void {
    this.#active = [];
  }

  /** Whether this fault of the service's own is to be shown now; counts it as shown. */
  take(kind: Kind, path = ""): boolean {
    return this.#take((fault) => fault.kind === kind, path) !== undefined;
  }

  /** The fault on the wire to be shown now, if any; counts it as shown. */
  takeWireFault(path: string): (FaultOptions & { readonly kind: WireFault }) | undefined {
    return this.#take((fault) => WIRE_FAULTS.has(fault.kind), path) as ActiveFault<WireFault> | undefined;
  }

  #take(isMeant: (fault: ActiveFault<Kind | WireFault>) => boolean, path: string): ActiveFault<string> | undefined {
    const fault = this.#active.find((fault) => isMeant(fault) && path.startsWith(fault.path ?? ""));
    if (fault?.times === undefined) return fault;
    if (--fault.times <= 0) this.#active = this.#active.filter((other) => other !== fault);
    return fault;
  }
}
