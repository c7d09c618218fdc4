import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { merge, withDefaults } from "../../../components/defaults.ts";
import { transformed } from "../../../components/transform.ts";
import { resolved } from "./harness.ts";

const args = { metadata: { name: "one", labels: { app: "a" } }, list: [1, 2], count: 3 };

describe("transform", () => {
  it("leaves the arguments when there is none", () => {
    expect(transformed(undefined, args)).to.equal(args);
  });

  it("merges fields into maps, and replaces lists", () => {
    const changed = transformed<object>({ metadata: { labels: { tier: "b" } }, list: [9] }, args);
    expect(changed).to.deep.equal({
      metadata: { name: "one", labels: { app: "a", tier: "b" } },
      list: [9],
      count: 3,
    });
    expect(args.metadata.labels).to.deep.equal({ app: "a" });
  });

  it("takes what a function returns", () => {
    expect(transformed((given) => ({ ...given, count: given.count + 1 }), args).count).to.equal(4);
  });

  it("puts an output in the place of a map", () => {
    const labels = output({ app: "later" });
    const changed = transformed<object>({ metadata: { labels } }, args) as typeof args;
    expect(changed.metadata.labels).to.equal(labels);
    expect(changed.metadata.name).to.equal("one");
  });

  it("merges fields into a map that is known later", async () => {
    const later = { labels: output({ app: "later", tier: "a" }) };
    const changed = transformed<object>({ labels: { tier: output("b") } }, later) as typeof later;
    expect(await resolved(changed.labels)).to.deep.equal({ app: "later", tier: "b" });
  });
});

describe("withDefaults", () => {
  it("fills in what is left out, on every level, and nothing else", () => {
    const defaults = { size: "1Gi", php: { memory: "128Mi", times: [1] }, off: true } as const;
    const given: { size?: string; php?: { memory?: string; times?: number[] }; off?: boolean } = {
      size: undefined,
      php: { times: [] },
      off: false,
    };
    expect(withDefaults(given, defaults)).to.deep.equal({
      size: "1Gi",
      php: { memory: "128Mi", times: [] },
      off: false,
    });
  });

  it("keeps values that are no maps as they are", () => {
    const later = output("x");
    expect(merge({ a: { b: 1 } }, { a: later })).to.deep.equal({ a: later });
  });
});
