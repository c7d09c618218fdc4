/** Random values: made once, kept, made anew when an input changes, imported by value. */
import { expect } from "chai";
import "./hooks.ts";
import { newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

const program = (keeper: string) => `
const password = new random.RandomPassword("password", { length: 16, minUpper: 4, minNumeric: 4, overrideSpecial: "_-", keepers: { keeper: "${keeper}" } });
const id = new random.RandomId("id", { byteLength: 4, prefix: "wp-" });
const integer = new random.RandomInteger("integer", { min: 5, max: 6 });
const uuid = new random.RandomUuid("uuid", {});
const text = new random.RandomString("text", { length: 8, special: false });
const old = new random.RandomPassword("old", { length: 11 }, { import: "supersecret" });
export const result = password.result;
export const hash = password.bcryptHash;
export const hex = id.hex;
export const number = integer.result;
export const imported = old.result;
`;

describe("random values", function () {
  this.timeout(60_000);
  let stack: Stack;
  before(async () => {
    stack = await newStack(program("one"));
    await stack.up();
  });
  after(() => stack.remove());

  it("follow their recipes", async () => {
    const result = await stack.output("result");
    expect(result)
      .to.match(/^[A-Za-z0-9_-]{16}$/)
      .and.to.match(/([A-Z].*){4}/)
      .and.to.match(/([0-9].*){4}/);
    expect(await stack.output("hash")).to.match(/^\$2a\$10\$.{53}$/);
    expect(await stack.output("hex")).to.match(/^wp-[0-9a-f]{8}$/);
    expect(Number(await stack.output("number"))).to.be.within(5, 6);
    expect(await stack.output("imported")).to.equal("supersecret");
  });

  it("are stored in the official form", async () => {
    const password = await stack.resource("password");
    expect(password?.id).to.equal("none");
    expect(password?.outputs).to.include({
      __meta: '{"schema_version":"3"}',
      id: "none",
      numeric: true,
      minLower: 0,
    });
    const text = await stack.resource("text");
    expect(text?.id).to.equal(text?.outputs?.result);
  });

  it("stay until an input changes", async () => {
    await stack.preview("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
    const first = await stack.output("result");
    stack.program(program("two"));
    await stack.up();
    expect(await stack.output("result")).not.to.equal(first);
  });

  it("say what is wrong with a recipe", async () => {
    stack.program('new random.RandomPassword("short", { length: 2, minUpper: 2, minLower: 2 });');
    const { text } = await stack.run("preview");
    expect(text).to.contain("length 2 is less than the 4 characters the minimums ask for");
  });
});
