/** What `oidc-provider` keeps: codes, sessions and the like. */
export type Payload = Record<string, unknown>;

/**
 * Where `oidc-provider` keeps one kind of things: in memory, each provider in its own. It has one that all providers of
 * a process share, and complains of it.
 *
 * @returns A class as the provider wants it.
 */
export function memoryAdapter(): new (kind: string) => MemoryAdapter {
  const all = new Map<string, Payload>();
  return class extends MemoryAdapter {
    constructor(kind: string) {
      super(kind, all);
    }
  };
}

/** Nothing lives long enough here to expire. */
class MemoryAdapter {
  readonly #kind: string;
  readonly #all: Map<string, Payload>;

  constructor(kind: string, all: Map<string, Payload>) {
    this.#kind = kind;
    this.#all = all;
  }

  /** Keeps a thing. */
  upsert(id: string, payload: Payload): Promise<void> {
    this.#all.set(this.#key(id), payload);
    return Promise.resolve();
  }

  /** Finds a thing by its id. */
  find(id: string): Promise<Payload | undefined> {
    return Promise.resolve(this.#all.get(this.#key(id)));
  }

  /** Finds a session. */
  findByUid(uid: string): Promise<Payload | undefined> {
    return this.#findBy("uid", uid);
  }

  /** Finds a device's code by what the user types. */
  findByUserCode(userCode: string): Promise<Payload | undefined> {
    return this.#findBy("userCode", userCode);
  }

  /** Marks a thing as used. */
  consume(id: string): Promise<void> {
    const payload = this.#all.get(this.#key(id));
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    return Promise.resolve();
  }

  /** Forgets a thing. */
  destroy(id: string): Promise<void> {
    this.#all.delete(this.#key(id));
    return Promise.resolve();
  }

  /** Forgets all that a login has given. */
  revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of this.#all) if (payload.grantId === grantId) this.#all.delete(key);
    return Promise.resolve();
  }

  #key(id: string): string {
    return `${this.#kind}:${id}`;
  }

  #findBy(member: string, value: string): Promise<Payload | undefined> {
    const found = [...this.#all].find(([key, payload]) =>
      key.startsWith(`${this.#kind}:`) && payload[member] === value
    );
    return Promise.resolve(found?.[1]);
  }
}
