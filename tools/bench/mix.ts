import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { WordPressSession } from "../../tests/e2e/wordpress-session.ts";
import { count } from "../../tests/proof/findings.ts";
import { inNamespace, settled } from "../../tests/proof/kube.ts";
import { judged, type Table } from "./report.ts";

const seconds = 60;
const anonymous = 18;
/** Who has a cart: pages of their own. */
const shoppers = ["alice", "bob"];
/** Milliseconds between an answer and the visitor's next request. */
const pause = 300;
/** Milliseconds between two changes of the editor. */
const changePause = 12_000;
/** Milliseconds after which every visitor is to be shown a change. */
const promised = 1000;

/** One kind of request. */
interface Kind {
  name: string;
  /** How often, of a hundred requests of the anonymous. */
  share: number;
  /** Addresses, one of which is asked for. */
  paths: string[];
  status: number;
  /** Whether the answer is everybody's, and may be kept. */
  shared: boolean;
  /** Whether what the editor changes is on it. */
  news?: boolean;
  range?: string;
}

/** An answer, and what was wrong with it. */
export interface Visit {
  kind: string;
  shared: boolean;
  /** The page cache's own word: HIT, STALE, MISS or PASS. */
  cache: string;
  failed: boolean;
  stale: boolean;
  /** Shows what is somebody else's. */
  leaked: boolean;
}

/** Versions of the editor's post, in the order of their numbers, by when the site had them: milliseconds since 1970. */
type Versions = number[];

/** The page cache on what a real site is asked for: mostly anonymous visitors, and an editor at work. */
export async function mixes(): Promise<Table[]> {
  await settled();
  const plugin = "/var/www/html/wp-content/mu-plugins/bench-mix.php";
  const php = readFileSync(new URL("./mix.php", import.meta.url), "utf8");
  const inPod = ["exec", "-i", "deploy/wordpress", "-c", "wordpress", "--"];
  await inNamespace([...inPod, "sh", "-c", `cat > ${plugin}`], { input: php });
  try {
    return [table(await mix(await WordPressSession.login()))];
  } finally {
    await inNamespace([...inPod, "rm", "-f", plugin]);
  }
}

/** Visitors and the editor side by side, on contents that are gone afterwards. */
export async function mix(editor: WordPressSession): Promise<Visit[]> {
  const made: string[] = [];
  const make = async (kind: "posts" | "pages", fields: object) => {
    const body = JSON.stringify({ status: "publish", content: "A bench.", ...fields });
    const { id, link } = await editor.rest<{ id: number; link: string }>("POST", `/${kind}`, body);
    made.push(`/${kind}/${id}`);
    return { id, path: new URL(link).pathname };
  };
  try {
    const posts: string[] = [];
    for (let post = 1; post <= 6; post++) posts.push((await make("posts", { title: `Bench ${post}` })).path);
    const form = await make("pages", { title: "Bench form", slug: "bench-form" });
    const media = await editor.upload("bench.zip", "application/zip", randomBytes(300_000));
    made.push(`/media/${media.id}`);
    const news = await make("posts", { title: title(0) });
    const versions: Versions = [Date.now()];
    const kinds = kindsOf(posts, form.path, news.path, new URL(media.source_url).pathname);
    const end = Date.now() + seconds * 1000;
    const visits: Visit[] = [];
    const visitors = [...Array(anonymous).fill(undefined), ...shoppers] as (string | undefined)[];
    await Promise.all([
      ...visitors.map((shopper) => visitor(kinds, shopper, versions, end, visits)),
      edit(editor, news.id, versions, end, (name) => make("posts", { title: name })),
    ]);
    return visits;
  } finally {
    for (const path of made) await editor.rest("DELETE", `${path}?force=true`);
  }
}

const title = (version: number) => `Bench news ${version}.`;

function kindsOf(posts: string[], form: string, news: string, media: string): Kind[] {
  const page = { status: 200, shared: true };
  return [
    { ...page, name: "front page", share: 22, paths: ["/"], news: true },
    { ...page, name: "posts", share: 26, paths: posts },
    { ...page, name: "the post the editor changes", share: 6, paths: [news], news: true },
    { ...page, name: "a page with a nonce", share: 10, paths: [form] },
    { ...page, name: "category", share: 6, paths: ["/category/uncategorized/"], news: true },
    { ...page, name: "feed", share: 4, paths: ["/feed/"], news: true },
    { ...page, name: "media", share: 10, paths: [media] },
    { name: "media, in parts", share: 6, paths: [media], status: 206, shared: true, range: "bytes=0-65535" },
    { name: "search", share: 5, paths: ["/?s=bench"], status: 200, shared: false },
    { name: "404", share: 5, paths: ["/no-such-page/"], status: 404, shared: false },
  ];
}

/** Publishes, edits, and looks at the site with the bar of whoever is logged in. */
async function edit(
  editor: WordPressSession,
  id: number,
  versions: Versions,
  end: number,
  publish: (name: string) => Promise<unknown>,
): Promise<void> {
  for (let version = 1; Date.now() < end - changePause; version++) {
    await editor.rest("POST", `/posts/${id}`, JSON.stringify({ title: title(version) }));
    versions.push(Date.now());
    await editor.request("GET", "/");
    if (version % 3 === 0) await publish(`Bench, and more of it ${version}`);
    await sleep(changePause);
  }
}

/** Asks one thing after the other until the end; somebody with a cart for pages only. */
async function visitor(
  kinds: Kind[],
  shopper: string | undefined,
  versions: Versions,
  end: number,
  visits: Visit[],
): Promise<void> {
  const session = new WordPressSession();
  const deck = kinds.flatMap((kind) => Array<Kind>(kind.share).fill(kind));
  const consent = "cookie_consent=yes; _ga=GA1.1.1234.5678";
  const cookie = shopper === undefined ? consent : `${consent}; woocommerce_cart_hash=${shopper}`;
  while (Date.now() < end) {
    const kind = shopper === undefined ? oneOf(deck) : (kinds[0] as Kind);
    const path = oneOf(kind.paths);
    const tracked = `${path}${path.includes("?") ? "&" : "?"}utm_source=letter&gclid=${randomBytes(6).toString("hex")}`;
    const headers: Record<string, string> = { cookie, ...(kind.range ? { range: kind.range } : {}) };
    const asked = Date.now();
    visits.push(
      await session.request("GET", tracked, undefined, headers).then(
        ({ status, headers: given, body }) =>
          visitOf(
            kind,
            shopper,
            status,
            String(given["x-cache"]),
            body.toString("latin1"),
            wanted(versions, asked),
          ),
        () => visitOf(kind, shopper, 0, "", "", 0),
      ),
    );
    await sleep(pause);
  }
}

function oneOf<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T;
}

/** The oldest version that may be shown to who asks at that time. */
function wanted(versions: Versions, asked: number): number {
  return versions.findLastIndex((at, version) => version === 0 || at <= asked - promised);
}

function visitOf(
  kind: Kind,
  shopper: string | undefined,
  status: number,
  cache: string,
  body: string,
  oldest: number,
): Visit {
  const shown = Number(/Bench news (\d+)\./.exec(body)?.[1] ?? -1);
  const carts = [...body.matchAll(/the cart of (\w+)/g)].map(([, owner]) => owner);
  const failed = status !== kind.status;
  return {
    kind: shopper === undefined ? kind.name : "front page, with a cart",
    shared: kind.shared && shopper === undefined,
    cache,
    failed,
    stale: !failed && kind.news === true && shown < oldest,
    leaked: body.includes("wpadminbar") || carts.some((owner) => owner !== shopper),
  };
}

const kept = ({ cache }: Visit) => cache === "HIT" || cache === "STALE";

/** What came from the cache, by kind, and whether anybody got what they should not. */
export function table(visits: Visit[]): Table {
  const figures = (list: Visit[]) => [
    count(list.length),
    count(list.filter(kept).length),
    `${((100 * list.filter(kept).length) / list.length).toFixed(1)} %`,
    count(list.filter(({ failed }) => failed).length),
  ];
  const shared = visits.filter((visit) => visit.shared);
  const of = (shared: boolean) =>
    [...new Set(visits.filter((visit) => visit.shared === shared).map(({ kind }) => kind))].sort();
  const rows = (names: string[]) =>
    names.map((name) => [name, ...figures(visits.filter(({ kind }) => kind === name))]);
  const share = shared.filter(kept).length / shared.length;
  const sum = (fault: "failed" | "stale" | "leaked") => visits.filter((visit) => visit[fault]).length;
  return {
    title: "The page cache on a mix of visitors",
    setup: `${anonymous} anonymous visitors with consent cookies and tracking parameters and ${shoppers.length} with carts, each asking ${pause} ms after the last answer for ${seconds} s, while an editor changes a post every ${changePause / 1000} s and publishes others; \`npm run bench -- mix\`,`,
    columns: ["", "Asked", "From the cache", "", "Failed"],
    rows: [...rows(of(true)), ["**what may be kept**", ...figures(shared)], ...rows(of(false))],
    conclusions: [
      `Of what may be kept ${(100 * share).toFixed(1)} % came from the cache, at least 95 %: ${judged(share >= 0.95)}.`,
      `Answers older than a change of a second before: ${sum("stale")}, wanted 0: ${judged(sum("stale") === 0)}. Pages of one person shown to another: ${sum("leaked")}, wanted 0: ${judged(sum("leaked") === 0)}. Failed: ${sum("failed")}.`,
    ],
  };
}
