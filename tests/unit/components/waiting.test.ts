import { setTimeout as sleep } from "node:timers/promises";
import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { sayWhenSlow } from "../../../components/waiting.ts";
import { recordResources } from "../../../tools/mocks.ts";

/* That an `up` shows it is seen in tests/engine/preflight.test.ts. */

describe("an object that takes long", () => {
  const { warn } = console;
  let said: string[];

  beforeEach(() => {
    said = [];
    console.warn = (text: string) => said.push(text);
  });
  afterEach(() => {
    console.warn = warn;
    recordResources();
  });

  const made = (after: Promise<string>, preview = false) => {
    recordResources({ preview });
    sayWhenSlow({ id: output(after) }, output("look there"), 0.05);
  };
  const never = new Promise<string>(() => {});

  it("is spoken of, once", async () => {
    made(never);
    await sleep(150);
    expect(said).to.deep.equal(["warning: [runtime] look there"]);
  });

  it("is not when it is there in time, nor in a preview, which makes none", async () => {
    made(Promise.resolve("there"));
    await sleep(150);
    made(never, true);
    await sleep(150);
    expect(said).to.deep.equal([]);
  });
});
