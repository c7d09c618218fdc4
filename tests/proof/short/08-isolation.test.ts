import { certificateOrderedAnew } from "../certificate.ts";
import { connectionsExhausted } from "../exhaustion.ts";
import { expectPassed } from "../findings.ts";
import { networkPolicies } from "../isolation.ts";

describe("isolation", function () {
  this.timeout(10 * 60_000);

  it("NetworkPolicies close every other way", async () => {
    expectPassed(...(await networkPolicies()));
  });

  it("MySQL without a free connection is told clearly, and WordPress recovers", async () => {
    expectPassed(await connectionsExhausted());
  });

  it("a new certificate is ordered and served", async () => {
    expectPassed(await certificateOrderedAnew());
  });
});
