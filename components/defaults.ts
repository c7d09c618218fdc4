import { Output, output } from "@pulumi/pulumi";

/** A map of keys that is written out, and no value that comes later. */
type Plain = Record<string, unknown>;

/** What `changes` gives, and of maps in it what the maps of `base` have besides; lists are replaced whole. */
export function merge(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  // Of a map that is known later the rest stays as well.
  if (Output.isInstance(base) && isPlain(changes))
    return base.apply((known) => output(merge(known, changes)));
  if (!isPlain(base) || !isPlain(changes)) return changes;
  const changed = Object.entries(changes).map(([key, value]) => [key, merge(base[key], value)] as const);
  return { ...base, ...Object.fromEntries(changed) };
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Arguments of which those that have a default are there. */
export type WithDefaults<Args, Defaults> = Omit<Args, keyof Defaults> & {
  [Key in keyof Args & keyof Defaults]-?: Defaults[Key] extends Plain
    ? WithDefaults<NonNullable<Args[Key]>, Defaults[Key]>
    : NonNullable<Args[Key]>;
};

/** The arguments, and for what they leave out the defaults. */
export function withDefaults<Args, const Defaults>(
  args: Args,
  defaults: Defaults,
): WithDefaults<Args, Defaults> {
  return merge(defaults, args) as WithDefaults<Args, Defaults>;
}
