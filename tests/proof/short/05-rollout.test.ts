import { scaleUp } from "../autoscaling.ts";
import { expectPassed, type Finding } from "../findings.ts";
import { rollouts } from "../rollout.ts";

describe("capacity and updates under load", function () {
  this.timeout(20 * 60_000);

  it("scales from three to six pods, which an update leaves alone", async () => {
    expectPassed(...(await scaleUp()));
  });

  describe("an update of every pod", () => {
    let findings: Finding[];

    before(async () => {
      findings = await rollouts({ updates: 1, requests: 1000 });
    });

    it("rolls out without a failed request", () => {
      expectPassed(...findings.slice(0, 1));
    });

    it("would fail requests without the pause before the stop signal", () => {
      expectPassed(...findings.slice(1));
    });
  });
});
