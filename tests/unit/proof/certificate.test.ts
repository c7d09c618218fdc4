import { expect } from "chai";
import { controlPlaneFiles } from "../../../local/cluster/control-plane.ts";
import { withValidity } from "../../proof/certificate.ts";

describe("the authority's configuration", () => {
  it("differs in how long certificates are valid, and in nothing else", () => {
    const usual = String(controlPlaneFiles()["pebble.json"]);
    const changed = JSON.parse(withValidity(usual, 60));
    expect(changed.pebble.profiles.default.validityPeriod).to.equal(60);
    changed.pebble.profiles.default.validityPeriod = JSON.parse(usual).pebble.profiles.default.validityPeriod;
    expect(changed).to.deep.equal(JSON.parse(usual));
  });
});
