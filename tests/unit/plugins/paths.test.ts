import { expect } from "chai";
import fc from "fast-check";
import { contains, formatPath, parsePath } from "../../../local/plugins/rpc/paths.ts";
import { nameOf, typeOf } from "../../../local/plugins/rpc/urn.ts";

describe("property paths", () => {
  it("are written as Pulumi writes them", () => {
    expect(formatPath(["spec", "containers", 0, "image"])).to.equal("spec.containers[0].image");
    expect(formatPath(["metadata", "labels", "app.kubernetes.io/name"])).to.equal(
      'metadata.labels["app.kubernetes.io/name"]',
    );
  });

  it("come back as they were", () => {
    const step = fc.oneof(
      fc.nat(99),
      fc.stringMatching(/^[a-zA-Z./_-]+$/).filter((text) => text !== "*"),
    );
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 5, unit: fc.constantFrom("a", "b") }),
        fc.array(step),
        (first, rest) => {
          expect(parsePath(formatPath([first, ...rest]))).to.deep.equal([first, ...rest]);
        },
      ),
    );
  });

  it("contain what is below them; a star is any step", () => {
    expect(contains(parsePath("spec.template"), ["spec", "template", "spec"])).to.equal(true);
    expect(contains(parsePath("spec.containers[*].image"), ["spec", "containers", 3, "image"])).to.equal(
      true,
    );
    expect(contains(parsePath("spec.template"), ["spec"])).to.equal(false);
    expect(contains(parsePath("spec.temp"), ["spec", "template"])).to.equal(false);
  });

  it("that are none are refused", () => {
    expect(() => parsePath('a["b')).to.throw("not a property path");
  });
});

describe("URNs", () => {
  it("name the innermost type and the whole name", () => {
    const urn = "urn:pulumi:dev::site::wordpress:index:Site$kubernetes:apps/v1:Deployment::odd::name";
    expect(typeOf(urn)).to.equal("kubernetes:apps/v1:Deployment");
    expect(nameOf(urn)).to.equal("odd::name");
  });
});
