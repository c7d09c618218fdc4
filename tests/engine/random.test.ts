/** Generated passwords, by whichever plugin is in use: made once, kept, made anew when an input changes. */
import { expect } from "chai";
import "./hooks.ts";
import { newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

const program = (length: number, special: boolean) => `
const password = new random.RandomPassword("password", { length: ${length}, special: ${special} });
const anyCharacter = new random.RandomPassword("any-character", { length: 200 });
export const result = password.result;
export const any = anyCharacter.result;
`;

describe("generated passwords", () => {
  let stack: Stack;
  before(async () => {
    stack = await newStack(program(16, false));
    await stack.up();
  });
  after(() => stack.remove());

  it("follow their recipes", async () => {
    expect(await stack.output("result")).to.match(/^[A-Za-z0-9]{16}$/);
    const any = await stack.output("any");
    expect(any).to.have.length(200);
    for (const characters of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/]) expect(any).to.match(characters);
  });

  it("are stored in the official form", async () => {
    const password = await stack.resource("password");
    expect(password?.id).to.equal("none");
    const stored = { __meta: '{"schema_version":"3"}', id: "none", numeric: true, minLower: 0 };
    expect(password?.outputs).to.include(stored);
  });

  it("stay until an input changes", async () => {
    await stack.preview("--expect-no-changes");
    await stack.refresh("--expect-no-changes");
    const [first, other] = [await stack.output("result"), await stack.output("any")];
    stack.program(program(17, false));
    await stack.up();
    expect(await stack.output("result")).not.to.contain(first);
    expect(await stack.output("any")).to.equal(other);
  });

  it("say what is wrong with a recipe", async () => {
    stack.program(program(0, false));
    const { code, text } = await stack.run("preview");
    expect(code).not.to.equal(0);
    expect(text).to.match(/length/);
  });
});
