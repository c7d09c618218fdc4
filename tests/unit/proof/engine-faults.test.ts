import { expect } from "chai";
import { changedNothing, difference, madeByUp } from "../../proof/engine-faults.ts";

describe("objects missing or left over", () => {
  it("are none when the same ones are there in another order", () => {
    expect(difference(["a", "b", "b"], ["b", "a", "b"])).to.deep.equal([]);
  });

  it("are found also when a namesake is there", () => {
    expect(difference(["a", "b"], ["a", "b", "b"])).to.deep.equal(["b"]);
    expect(difference(["a", "a", "c"], ["a"])).to.deep.equal(["a", "c"]);
  });
});

describe("what an up has made", () => {
  it("is known without the engine's endings, each Job for itself, and without cron's Jobs", () => {
    const names = ["wordpress-wordpress-provision-0a1b2c3d", "wordpress-wordpress-provision-9e8f7a6b"];
    expect(
      madeByUp([
        "configmap/wordpress-mysql-config-0a1b2c3d",
        "deployment.apps/wordpress",
        "job.batch/wordpress-cron-29000000",
        ...names.map((name) => `job.batch/${name}`),
      ]),
    ).to.deep.equal([
      "configmap/wordpress-mysql-config",
      "deployment.apps/wordpress",
      ...names.map(() => "job.batch/wordpress-wordpress-provision"),
    ]);
  });
});

describe("the summary of an up", () => {
  const summary = (lines: string) => `Updating (local):\n\nResources:\n${lines}\n\nDuration: 4s\n`;

  it("counts nothing but unchanged resources when nothing changed", () => {
    expect(changedNothing(summary("    45 unchanged"))).to.equal(true);
    expect(changedNothing("Resources:\n    45 unchanged")).to.equal(true);
  });

  it("counts a change of any kind", () => {
    for (const change of ["+ 1 created", "~ 2 updated", "+-1 replaced", "- 1 deleted"])
      expect(changedNothing(summary(`    ${change}\n    1 change. 44 unchanged`)), change).to.equal(false);
    expect(changedNothing(summary("    45 unchanged\n    + 1 created"))).to.equal(false);
  });

  it("is missing when the up failed", () => {
    expect(changedNothing("error: the stack is currently locked")).to.equal(false);
  });
});
