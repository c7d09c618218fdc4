import { expect } from "chai";
import { merged } from "../../proof/up.ts";

describe("settings on top of the stack's config", () => {
  it("change what they name, map by map, and nothing else", () => {
    const base = {
      wordpress: { image: "a", php: { memoryLimit: "1Mi", uploadMaxSize: "2Mi" }, extraConfig: ["x"] },
    };
    const changes = {
      wordpress: { php: { memoryLimit: "3Mi" }, extraConfig: ["y"] },
      network: { policies: false },
    };
    expect(merged(base, changes)).to.deep.equal({
      wordpress: { image: "a", php: { memoryLimit: "3Mi", uploadMaxSize: "2Mi" }, extraConfig: ["y"] },
      network: { policies: false },
    });
    expect(base.wordpress.php.memoryLimit).to.equal("1Mi");
  });
});
