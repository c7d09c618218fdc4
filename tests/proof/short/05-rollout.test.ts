import { autoscaling } from "../autoscaling.ts";
import { expectPassed } from "../findings.ts";
import { rollingUpdates, rolloutWithoutPreStop } from "../rollout.ts";

describe("capacity and updates under load", function () {
  this.timeout(20 * 60_000);

  it("scales from three to six pods, which an update leaves alone", async () => {
    expectPassed(...(await autoscaling({ back: false })));
  });

  it("rolls out without a failed request", async () => {
    expectPassed(await rollingUpdates({ runs: 1 }));
  });

  it("would fail requests without the pause before the stop signal", async () => {
    expectPassed(await rolloutWithoutPreStop({ runs: 1 }));
  });
});
