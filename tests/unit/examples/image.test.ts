import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { wordpressDefaults } from "../../../components/wordpress/defaults.ts";

/* What this cannot prove: that Docker builds it. */

describe("examples/image", () => {
  it("adds to the image of the defaults, where unpack.sh takes the code from", () => {
    const root = path.join(import.meta.dirname, "../../..");
    const dockerfile = readFileSync(path.join(root, "examples/image/Dockerfile"), "utf8");
    expect(dockerfile).to.include(`\nFROM ${wordpressDefaults.image}\n`);
    const unpack = readFileSync(path.join(root, "components/wordpress/files/unpack.sh"), "utf8");
    const [, source] = /^image=(\S+)$/m.exec(unpack) ?? [];
    expect(dockerfile).to.match(new RegExp(`^COPY .* ${source}/wp-content/$`, "m"));
  });
});
