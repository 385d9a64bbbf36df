/** Names of options, or none. */
export type Names = string | undefined;

/** Names of options, or whether all are meant. */
export type BooleanNames = boolean | Names;

/** Further names of options. */
export type Aliases<TArgNames extends string = string, TAliasNames extends string = string> = Partial<
  Record<TArgNames, TAliasNames | readonly TAliasNames[]>
>;

/** Default values of options. */
export type Defaults = Record<string, unknown> | undefined;

/** Shows an intersection as one type. */
export type Flatten<T> = { [K in keyof T]: T[K] };

/** `false`, which is what `--no-x` gives, for the names that can be negated. */
type Negated<TName, TNegatable extends Names> = TName extends TNegatable ? false : never;

type Strings<TNames, TCollectable extends Names, TNegatable extends Names> =
  & { [K in Extract<Exclude<TNames, TCollectable>, string>]?: string | Negated<K, TNegatable> }
  & { [K in Extract<TNames & TCollectable, string>]: string[] | Negated<K, TNegatable> };

type Booleans<TNames, TCollectable extends Names> =
  & { [K in Extract<Exclude<TNames, TCollectable>, string>]: boolean }
  & { [K in Extract<TNames & TCollectable, string>]: boolean[] };

type Collected<TNames, TNegatable extends Names> = {
  [K in Extract<TNames, string>]: unknown[] | Negated<K, TNegatable>;
};

/** Makes options with a default required, and adds those that are known by their default alone. */
type WithDefaults<T, TDefaults> = TDefaults extends undefined ? T
  :
    & { [K in keyof T as K extends keyof TDefaults ? never : K]: T[K] }
    & {
      [K in keyof TDefaults]: K extends keyof T ? TDefaults[K] | NonNullable<T[K]> : unknown;
    };

type WithAliases<T, TAliases> = { [K in keyof T as K | AliasesOf<K, TAliases>]: T[K] };

type AliasesOf<TName, TAliases> = TName extends keyof TAliases ? string extends TAliases[TName] ? never
  : TAliases[TName] extends string ? TAliases[TName]
  : TAliases[TName] extends string[] ? TAliases[TName][number]
  : never
  : never;

/** Whether the caller names any option, so that the others are no longer `any`. */
type IsTyped<TBooleans extends BooleanNames, TStrings extends Names, TCollectable extends Names> = undefined extends
  & (false extends TBooleans ? undefined : TBooleans)
  & TStrings
  & TCollectable ? false
  : true;

/** The options that a call returns, by the names that it is given. */
export type Values<
  TBooleans extends BooleanNames,
  TStrings extends Names,
  TCollectable extends Names,
  TNegatable extends Names,
  TDefaults extends Defaults,
  TAliases extends Aliases | undefined,
> = IsTyped<TBooleans, TStrings, TCollectable> extends true ?
    & Record<string, unknown>
    & WithAliases<
      WithDefaults<
        & Strings<TStrings, TCollectable, TNegatable>
        & Booleans<TBooleans, TCollectable>
        & Collected<Exclude<TCollectable, TStrings | TBooleans>, TNegatable>,
        TDefaults
      >,
      TAliases
    >
  // deno-lint-ignore no-explicit-any -- nothing is known of them
  : Record<string, any>;
