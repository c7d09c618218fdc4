import { expect } from "chai";
import { advice } from "../../../stacks/advice.ts";
import { parseConfig } from "../../../stacks/config.ts";

const given = (changes: object) =>
  advice(parseConfig({ site: { url: "https://blog.example.com" }, ...changes }));

describe("advice", () => {
  it("says that nothing can be installed from WordPress.org, and what would let it", () => {
    const [sentence, ...others] = given({});
    expect(sentence).to.include("neither installed nor updated from WordPress.org");
    expect(sentence).to.include("pulumi config set --path network.internetEgress true");
    expect(others).to.deep.equal([]);
  });

  it("says nothing where it can be, or could not be in any case", () => {
    expect(given({ network: { internetEgress: true } })).to.deep.equal([]);
    expect(given({ network: { policies: false } })).to.deep.equal([]);
    expect(given({ wordpress: { content: "image" } })).to.deep.equal([]);
  });
});
