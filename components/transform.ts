import type { Output } from "@pulumi/pulumi";
import { merge } from "./defaults.ts";

/** Some fields of an object, and some of the maps in it; a list is given whole. */
export type Fields<T> = T extends
  | Output<unknown>
  | PromiseLike<unknown>
  | readonly unknown[]
  | string
  | number
  | boolean
  ? T
  : T extends object
    ? { [Key in keyof T]?: Fields<T[Key]> }
    : T;

/**
 * A change to the arguments of one of a component's children: fields that are merged into them, or a function that is
 * given them and returns others. What a child may be given is what its Kubernetes object may have.
 */
export type Transform<Args> = Fields<Args> | ((args: Args) => Args);

/** The arguments as a transform leaves them. */
export function transformed<Args extends object>(transform: Transform<Args> | undefined, args: Args): Args {
  if (typeof transform === "function") return transform(args);
  return merge(args, transform) as Args;
}
