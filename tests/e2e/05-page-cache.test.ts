import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Page } from "../fetch-page.ts";
import { lastLine } from "../proof/full-uploads.ts";
import { inNamespace, keep, readyPods, until } from "../proof/kube.ts";
import { mustUp, type Settings, upWith } from "../proof/up.ts";
import { openBrowser } from "./browser.ts";
import { editorsDay } from "./editors-day.ts";
import { inWordPress, objectOf, page, siteHealth } from "./environment.ts";
import { WordPressSession } from "./wordpress-session.ts";

interface Pods {
  items: { metadata: { name: string; deletionTimestamp?: string }; spec: { nodeName: string } }[];
}

interface Rollout {
  status: { replicas: number; updatedReplicas: number };
}

/** Those that are not on their way out. */
const cachePods = async () => {
  const { items } = await objectOf<Pods>("pods", "-l", "tier=cache");
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
};

/** Enough requests to meet every replica. */
const visits = async (path: string, count = 12) => {
  const answers = [];
  for (let visit = 0; visit < count; visit++) answers.push(await page(path));
  return answers;
};

/**
 * Lets every cache pod keep these pages. A page that is being made while a change is saved may be kept as it was
 * before (docs/adr/0006), so the refreshing of old pages has to be over.
 */
async function keptPages(...paths: string[]): Promise<void> {
  for (const path of paths)
    await until(`${path} kept by all`, 60, async () =>
      (await visits(path)).every(({ headers }) => headers["x-cache"] === "HIT"),
    );
}

/** Until every visitor gets such a page: far sooner than a page that was not forgotten would run out. */
function allSee(path: string, wanted: (answer: Page) => boolean): Promise<number> {
  return until(`the change at ${path}`, 20, async () => (await visits(path)).every(wanted));
}

/** What the cache says it did with a request, and why a page was not kept. */
const fromCache = (headers: Page["headers"]) =>
  [headers["x-cache"], headers["x-cache-reason"]].filter(Boolean).join(" ");

/** Readers who ask for the front page again and again while something happens; what went wrong for them. */
async function failuresDuring(work: () => Promise<unknown>): Promise<{ asked: number; failures: string[] }> {
  const failures: string[] = [];
  let asked = 0;
  let done = false;
  const reader = async () => {
    while (!done) {
      asked += 1;
      const fault = await page("/").then(
        ({ status, headers }) => (status === 200 ? undefined : `${status} ${fromCache(headers)}`),
        String,
      );
      if (fault !== undefined) failures.push(`${new Date().toISOString()} ${fault}`);
      await sleep(50);
    }
  };
  const readers = [reader(), reader(), reader()];
  await work().finally(() => {
    done = true;
  });
  await Promise.all(readers);
  return { asked, failures };
}

async function upWithoutFailures(settings: Settings = {}): Promise<void> {
  const { asked, failures } = await failuresDuring(async () => {
    const { code, output } = await upWith(settings);
    expect(code, output).to.equal(0);
    const { replicas, updatedReplicas } = (await objectOf<Rollout>("deployment", "wordpress")).status;
    expect(updatedReplicas, "pods of the new template when up has ended").to.equal(replicas);
    // While Traefik follows.
    await sleep(3000);
  });
  expect(asked).to.be.greaterThan(20);
  expect(failures).to.deep.equal([]);
}

describe("the page cache", function () {
  this.timeout(10 * 60_000);
  let session: WordPressSession;

  // Its own times again.
  after(() => mustUp());

  it("is there in two pods on two nodes", async () => {
    await until("two cache pods", 120, async () => (await cachePods()).length === 2);
    const pods = await cachePods();
    expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).to.equal(2);
  });

  it("keeps pages for visitors", async () => {
    await visits("/");
    const answers = await visits("/");
    expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 200));
    // A page whose time has just run out comes from the cache as well, while a newer one is made.
    for (const { headers } of answers) expect(fromCache(headers)).to.match(/^(HIT|STALE)$/);
  });

  it("is found by WordPress, whose questions to the site take a visitor's way where a visitor could ask", async () => {
    const labels = (await siteHealth()).map(({ label }) => label);
    expect(labels.join("\n")).to.include("Page cache is detected");
    expect(labels).to.include.members([
      "Your site can perform loopback requests",
      "The REST API is available",
    ]);
  });

  it("shows no visitor what somebody who is logged in is shown", async () => {
    session = await WordPressSession.login();
    const { headers, body } = await session.request("GET", "/");
    expect(headers["x-cache"]).to.equal("PASS");
    expect(body.toString()).to.include("wpadminbar");
    const others = await visits("/", 20);
    expect(others.filter((answer) => answer.body.includes("wpadminbar"))).to.deep.equal([]);
  });

  it("shows a published post to every visitor, and an edited one", async () => {
    await keptPages("/", "/feed/");
    const post = await session.publish("News of the minute", "as written");
    for (const path of ["/", "/feed/"]) await allSee(path, ({ body }) => body.includes("News of the minute"));
    const { pathname } = new URL(post.link);
    await keptPages(pathname);
    await session.rest("POST", `/posts/${post.id}`, JSON.stringify({ content: "as corrected" }));
    await allSee(pathname, ({ body }) => body.includes("as corrected"));
    await session.rest("DELETE", `/posts/${post.id}?force=true`);
    await allSee(pathname, ({ status }) => status === 404);
  });

  it("forgets what menus, widgets, the customizer, permalinks, terms, details and a shop change", async () => {
    const script = readFileSync(new URL("./purges.php", import.meta.url), "utf8");
    const [pod] = await readyPods("frontend");
    if (!pod) throw new Error("no WordPress pod is ready");
    await keep(pod);
    const php = ["exec", "-i", pod.metadata.name, "-c", "wordpress", "--", "php"];
    const said = await inNamespace(php, { input: script, seconds: 400 });
    const { replicas, changes, faults } = JSON.parse(lastLine(said));
    expect(faults).to.deep.equal([]);
    expect({ replicas, changes }).to.deep.equal({ replicas: 2, changes: 16 });
  });

  it("gives Prometheus its counters", async () => {
    const [pod] = await cachePods();
    const fetch =
      'use IO::Socket::INET; my $s = IO::Socket::INET->new("127.0.0.1:9131") or die; print $s "GET /metrics HTTP/1.0\\r\\n\\r\\n"; print <$s>';
    const metrics = await inNamespace([
      "exec",
      String(pod?.metadata.name),
      "-c",
      "metrics",
      "--",
      "perl",
      "-e",
      fetch,
    ]);
    expect(metrics).to.match(/^# TYPE varnish_main_cache_hit counter\nvarnish_main_cache_hit [1-9]\d*$/m);
    expect(metrics).to.match(/^varnish_sma_g_bytes\{name="default"\} [1-9]\d*$/m);
  });

  it("loses no request with one of its pods", async () => {
    const [pod] = await cachePods();
    const { failures } = await failuresDuring(async () => {
      await inNamespace(["delete", "pod", String(pod?.metadata.name), "--timeout=120s"], { seconds: 180 });
      await inNamespace(["rollout", "status", "deployment/wordpress-cache", "--timeout=120s"], {
        seconds: 180,
      });
      await sleep(5000);
    });
    expect(failures).to.deep.equal([]);
  });

  it("goes without a failed request, and leaves no plugin behind", async () => {
    await upWithoutFailures({ pageCache: { enabled: false } });
    // Until Traefik has followed.
    await until("pages without it", 60, async () => (await page("/")).headers["x-cache"] === undefined);
    const plugins = await inWordPress("ls", "wp-content/mu-plugins");
    expect(plugins).to.include("hardening.php").and.not.to.include("page-cache.php");
  });

  it("is not needed for an editor's day", async () => {
    const browser = await openBrowser();
    await editorsDay(browser).finally(() => browser.close());
  });

  it("comes again without a failed request", async () => {
    // Short times, so that pages are old before this test is.
    await upWithoutFailures({ pageCache: { ttlSeconds: 5, graceSeconds: 5 } });
    await until("pages by it", 60, async () => (await page("/")).headers["x-cache"] !== undefined);
  });

  it("serves readers while the database is away", async () => {
    await until("the page kept by all", 60, async () =>
      (await visits("/")).every(({ headers }) => /^(HIT|STALE)$/.test(fromCache(headers))),
    );
    try {
      await inNamespace(["scale", "statefulset/wordpress-mysql", "--replicas=0"], { seconds: 180 });
      await inNamespace(["wait", "--for=delete", "pod/wordpress-mysql-0", "--timeout=120s"], {
        seconds: 180,
      });
      const { failures } = await failuresDuring(() => sleep(20_000));
      expect(failures).to.deep.equal([]);
      const answers = await visits("/");
      expect(answers.map(({ headers }) => headers["x-cache"])).to.deep.equal(answers.map(() => "STALE"));
    } finally {
      await inNamespace(["scale", "statefulset/wordpress-mysql", "--replicas=1"], { seconds: 180 });
      await inNamespace(["rollout", "status", "statefulset/wordpress-mysql", "--timeout=180s"], {
        seconds: 180,
      });
      await inNamespace(["rollout", "status", "deployment/wordpress", "--timeout=180s"], { seconds: 180 });
    }
  });
});
