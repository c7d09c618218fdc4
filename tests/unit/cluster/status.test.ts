import path from "node:path";
import { expect } from "chai";
import { checkout, stateDir } from "../../../local/cluster/layout.ts";
import { requireOwnership } from "../../../local/cluster/lock.ts";
import { describeStatus } from "../../../local/cluster/status.ts";
import { templateKey } from "../../../local/cluster/template.ts";

describe("ownership of the machine's cluster", () => {
  const elsewhere = path.dirname(checkout);

  it("is nobody's or this checkout's", () => {
    expect(() => requireOwnership({ checkout, state: stateDir() })).not.to.throw();
  });

  it("is refused to another checkout and another cache, with the way to stop the running one", () => {
    expect(() => requireOwnership({ checkout: elsewhere, state: stateDir() })).to.throw(
      new RegExp(`embedded cluster of ${elsewhere} .*cd ${elsewhere} && .*npm run cluster -- stop`),
    );
    expect(() => requireOwnership({ checkout, state: "/other/cluster" })).to.throw(
      "WORDPRESS_KUBERNETES_CACHE=/other npm run cluster -- stop",
    );
  });

  it("passes on when the owner's checkout is gone", () => {
    expect(() =>
      requireOwnership({ checkout: `${elsewhere}/no-such-checkout`, state: stateDir() }),
    ).not.to.throw();
  });
});

describe("cluster status", () => {
  it("tells each node's health and what started again", () => {
    const text = describeStatus({
      state: "broken",
      owner: { checkout, state: stateDir() },
      kept: true,
      api: true,
      nodes: [
        { name: "control-plane", running: true, daemonEnds: { etcd: 2 } },
        { name: "node1", running: true, ready: true, daemonEnds: {} },
        { name: "node2", running: false, ready: false, daemonEnds: {} },
      ],
    });
    expect(text.split("\n").slice(3)).to.deep.equal([
      "control-plane runs      etcd started again 2×",
      "node1         Ready",
      "node2         down",
    ]);
  });

  it("tells kept data from none", () => {
    const stopped = { state: "stopped", api: false, nodes: [] } as const;
    expect(describeStatus({ ...stopped, kept: false })).to.equal("stopped");
    expect(describeStatus({ ...stopped, kept: true })).to.equal("stopped; data of an earlier run is kept");
  });
});

describe("image template", () => {
  it("is named by the archives, not by where they are", () => {
    const images = (file: string) => [{ name: "localhost/a:1", archive: file }];
    expect(templateKey(images("/one/a-1.tar"))).to.equal(templateKey(images("/two/a-1.tar")));
    expect(templateKey(images("/one/a-1.tar"))).not.to.equal(templateKey(images("/one/a-2.tar")));
  });
});
