import { expect } from "chai";
import { askedPerSecond, failures, parse } from "../../proof/load.ts";

const output = (codes: Record<string, number>) =>
  JSON.stringify({
    RetCodes: codes,
    DurationHistogram: {
      Percentiles: [50, 99].map((percentile) => ({ Percentile: percentile, Value: percentile / 100 })),
    },
  });

describe("the load's result", () => {
  it("counts everything but 200 as failed, no answer as well", () => {
    const result = parse(output({ "-1": 2, "200": 1000, "301": 1, "502": 3 }));
    expect(result).to.include({ total: 1006, failed: 6, p50: 0.5, p99: 0.99 });
    expect(failures(result)).to.equal(
      "6 of 1,006 requests failed (301: 1, 502: 3, no answer: 2), p99 990 ms",
    );
  });

  it("says nothing more when none failed", () => {
    expect(failures(parse(output({ "200": 12 })))).to.equal("0 of 12 requests failed, p99 990 ms");
  });

  it("takes a load without any request for a fault", () => {
    expect(() => parse(output({}))).to.throw("the load asked for nothing");
  });
});

describe("a load of several streams", () => {
  it("asks for the sum of what each asks for", () => {
    const stream = { path: "/", method: "GET", connections: 1 } as const;
    expect(
      askedPerSecond([
        { ...stream, perSecond: 3 },
        { ...stream, perSecond: 60 },
      ]),
    ).to.equal(63);
  });
});
