/** Objects that a stack does not know and that Pulumi has made: what a killed `up`, or a destroyed stack, has left. */
import path from "node:path";
import { expect } from "chai";
import "./hooks.ts";
import { live, newStack } from "./context.ts";

const checkout = path.join(import.meta.dirname, "..", "..");

const program = (value: string, password: string) => `
import { programWins } from "${checkout}/components/program-wins.ts";
const opts = { transformations: [programWins], retainOnDelete: true };
new k8s.core.v1.ConfigMap("map", { metadata: { name: "taken-back" }, data: { value: "${value}" } }, opts);
new k8s.core.v1.Secret("secret", { metadata: { name: "taken-back" }, stringData: { password: "${password}" } }, opts);
`;

async function data(kind: string): Promise<unknown> {
  return (await live(`/api/v1/namespaces/default/${kind}/taken-back`))?.data;
}

describe("an object of a stack that is gone", function () {
  this.timeout(120_000);
  const config = { "kubernetes:enableSecretMutable": "true" };

  it("is taken back by the next stack with its values, which goes on changing it afterwards", async () => {
    const gone = await newStack(program("one", "known to the database"), { config });
    await gone.up();
    await gone.destroy();
    gone.remove();
    const next = await newStack(program("one", "known to the database"), { config });
    await next.up();
    next.program(program("two", "known to the database"));
    await next.up();
    expect(await data("configmaps")).to.deep.equal({ value: "two" });
    next.remove();
  });

  it("keeps its password when it is a Secret: the up ends with a conflict", async () => {
    const next = await newStack(program("three", "another"), { config });
    const { text } = await next.up("failure");
    expect(text).to.match(/conflict/i);
    const password = Buffer.from("known to the database").toString("base64");
    expect(await data("secrets")).to.deep.equal({ password });
    next.remove();
  });
});
