/**
 * Skips what needs Linux, its /proc, its containers' scripts or util-linux, on any other system: `before(linuxOnly)`, or
 * `linuxOnly.call(this)` in one test.
 */
export function linuxOnly(this: Mocha.Context): void {
  if (process.platform !== "linux") this.skip();
}
