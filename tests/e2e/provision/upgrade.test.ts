import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { makeNextVersion, type NextVersion } from "../next-version.ts";
import type { Ended, Load, Step } from "./run.ts";
import { ProvisionStage } from "./stage.ts";
import { zipOf } from "./zip.ts";

/*
 * The Job's own commands and Apache with PHP's OPcache as a pod has them, asked by visitors all the time. Files that
 * change under several pods, through Traefik, are for tests/e2e on the cluster.
 */

const prefix = { extraEnv: [{ name: "WORDPRESS_TABLE_PREFIX", value: "up_" }] };
const versionOf = (folder: string) =>
  /wp_version = '([^']+)'/.exec(readFileSync(path.join(folder, "wp-includes/version.php"), "utf8"))?.[1] ??
  "";

describe("another version", () => {
  let stage: ProvisionStage;
  let first: string;
  let next: NextVersion;
  const own = {
    "ads.txt": "own",
    "shop/index.php": "<?php echo 'own';",
    "wp-admin/.htaccess": "# own\n",
    "wp-content/plugins/own/own.php": "<?php",
    "wp-content/uploads/kept.txt": "own",
  };
  const webroot = (file = "") => stage.folder(path.join("var/www/html", file));
  const image = (name: string) => stage.folder(`usr/src/${name}`);
  const load: Load = {
    question: {
      url: `${ProvisionStage.site}/`,
      headers: { host: "blog.example.com", "x-forwarded-proto": "https" },
    },
    header: "x-late",
    pattern: 'content="WordPress ([^"]+)"',
    // OPcache looks at a file every ten seconds.
    after: 12,
  };

  /** Lets the image be the one of this version. */
  function deploy(version: "first" | "next"): void {
    const other = version === "first" ? "next" : "first";
    renameSync(image("wordpress"), image(other));
    renameSync(image(version), image("wordpress"));
  }

  /** On a busy machine the first pages may be asked for before Apache and MySQL are at their work. */
  const untilServed = `
    $header = ['Host: blog.example.com', 'X-Forwarded-Proto: https'];
    $asking = stream_context_create(['http' => ['header' => $header, 'ignore_errors' => true]]);
    for ($tries = 0; $tries < 100; $tries++) {
      file_get_contents('${ProvisionStage.site}/', false, $asking);
      if (str_contains($http_response_header[0] ?? '', ' 200 ')) exit(sleep(3));
      usleep(500000);
    }
    exit(1);`;

  /** What PHP has compiled afterwards. */
  const warming = ({ env }: Step, visits: Load): Step => ({
    command: ["php", "-r", untilServed],
    env,
    load: { ...visits, after: 0 },
  });

  function emptyWebroot(): void {
    for (const name of readdirSync(webroot())) rmSync(webroot(name), { recursive: true });
  }

  before(async () => {
    stage = await ProvisionStage.shared();
    emptyWebroot();
    first = versionOf(image("wordpress"));
    cpSync(image("wordpress"), image("next"), { recursive: true, preserveTimestamps: true });
    next = makeNextVersion(image("next"), "7.9");
    const [installed] = await stage.run([await stage.job(prefix)]);
    expect(installed?.code, installed?.stderr).to.equal(0);
    for (const [file, text] of Object.entries(own)) {
      mkdirSync(path.dirname(webroot(file)), { recursive: true });
      writeFileSync(webroot(file), text);
    }
  });

  after(() => {
    emptyWebroot();
    for (const name of ["first", "next"]) rmSync(image(name), { recursive: true, force: true });
  });

  describe("of WordPress that is newer, with visitors all the time", () => {
    let killed: Ended;
    let upgraded: Ended;
    let database: unknown[];

    before(async () => {
      deploy("next");
      const job = await stage.job(prefix);
      const half = "until [ -e .upgrade-7.9/wp-includes/version.php ]; do sleep 0.01; done";
      const kill: Step = {
        ...job,
        command: ["bash", "-c", `setsid ${job.command.join(" ")} & ${half}; kill -KILL -- -$!; wait $!`],
      };
      const found = stage.php(
        job,
        "global $wpdb; echo json_encode([(int) get_option('db_version') === $wp_db_version, get_option('upgraded_to'), count($wpdb->get_results(\"SHOW COLUMNS FROM $wpdb->links LIKE 'link_7_9'\"))]);",
      );
      const ended = await stage.run(
        [warming(job, load), { ...kill, load: { ...load, after: 0 } }, { ...job, load }, found],
        job,
      );
      [, killed, upgraded] = ended as [Ended, Ended, Ended];
      database = JSON.parse(ended[3]?.stdout ?? "");
    });

    it("answers everybody, before, while and after the code is exchanged, also by a Job that is killed", () => {
      const answers = [...killed.seen, ...upgraded.seen];
      expect(answers).to.have.length.greaterThan(50);
      expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
    });

    it("makes no page of two versions", () => {
      const pages = [...killed.seen, ...upgraded.seen].map(({ match, header }) => `${match}, ${header}`);
      expect(new Set(pages)).to.deep.equal(new Set([`${first}, undefined`, "7.9, 7.9"]));
      expect([pages[0], pages.at(-1)]).to.deep.equal([`${first}, undefined`, "7.9, 7.9"]);
    });

    it("takes up what was killed while it copied", () => {
      expect(killed.stdout).to.include(`Updating the code on the volume from ${first} to 7.9`);
      expect(upgraded.code, upgraded.stderr).to.equal(0);
      expect(upgraded.stdout).to.include(`Updating the code on the volume from ${first} to 7.9`);
      expect(readdirSync(webroot()).filter((name) => name.startsWith(".upgrade"))).to.deep.equal([]);
    });

    it("leaves the code as it is in the image, without what the older version had, and the site's own files", () => {
      const same = next.changed.filter(
        (file) => !readFileSync(webroot(file)).equals(readFileSync(path.join(image("wordpress"), file))),
      );
      expect(same).to.deep.equal([]);
      expect(next.removed.filter((file) => existsSync(webroot(file)))).to.deep.equal([]);
      expect(Object.keys(own).map((file) => readFileSync(webroot(file), "utf8"))).to.deep.equal(
        Object.values(own),
      );
    });

    it("brings the schema up to the code by WordPress' own steps", () => {
      expect(database).to.deep.equal([true, "7.9", 1]);
    });
  });

  it("of a plugin of the config takes the place of the one before with no page of both", async () => {
    // Each has a file that the other has not, and that is asked for at the end of a page.
    const greeting = (version: string) => {
      const main = [
        `/* Plugin Name: Greeting\n * Version: ${version}\n */`,
        `add_action('wp_head', fn() => print('<i first="${version}">'));`,
        `add_action('wp_footer', fn() => require __DIR__ . '/in-${version}.php');`,
      ];
      const { bytes, sha256 } = zipOf({
        "greeting/greeting.php": `<?php\n${main.join("\n")}`,
        [`greeting/in-${version}.php`]: `<i last="${version}">`,
      });
      return { slug: "greeting", version, sha256, url: stage.serve(`greeting-${version}.zip`, bytes) };
    };
    const older = await stage.job({ ...prefix, plugins: [greeting("1.0")] });
    const newer = await stage.job({ ...prefix, plugins: [greeting("1.1")] });
    const visits = { ...load, pattern: '<i first="(.+?)">[^]*<i last="(.+?)">' };
    const [installed, , replaced] = await stage.run(
      [older, warming(older, visits), { ...newer, load: visits }],
      newer,
    );
    expect(installed?.code, installed?.stderr).to.equal(0);
    expect(replaced?.stdout, replaced?.stderr).to.include("Installed greeting 1.1; there was 1.0");
    const pages = replaced?.seen.map(({ status, match }) => `${status}: ${match}`);
    expect(new Set(pages)).to.deep.equal(new Set(["200: 1.0 1.0", "200: 1.1 1.1"]));
  });

  describe("of WordPress that is older", () => {
    let refused: Ended;
    let schema: Ended;
    let asked: Ended;

    before(async () => {
      deploy("first");
      const more = { ...prefix, mustUsePlugins: { "more.php": "<?php" } };
      [refused] = (await stage.run([await stage.job(more)])) as [Ended];
      // A pod with code of its own, which is the older one: as before a rollout, or in one that is under way.
      const job = await stage.job({ ...prefix, content: "image" });
      // What the site has of its own is another user's here.
      emptyWebroot();
      const fresh = ["bash /etc/wordpress/unpack.sh fresh", job.command.join(" ")];
      const page = { url: `${ProvisionStage.site}/wp-admin/upgrade.php`, headers: load.question.headers };
      const ask: Step = {
        ...job,
        command: ["sleep", "1"],
        load: { ...load, question: page, pattern: "<h1>([^<]+)", after: 0 },
      };
      [schema, asked] = (await stage.run(
        [{ ...job, command: ["bash", "-c", fresh.join("; ")] }, ask],
        job,
      )) as [Ended, Ended];
    });

    it("is refused by one sentence, before anything changes", () => {
      expect([refused.code, refused.stdout]).to.deep.equal([78, ""]);
      expect(refused.stderr).to.equal(
        `The volume holds WordPress 7.9 and the image ${first}: going back could lose data, so nothing was changed; set wordpress.image to 7.9 or newer, or restore a backup made with ${first}.\n`,
      );
    });

    it("is refused by the schema where the code is not on the volume", () => {
      expect(schema.code, schema.stdout).to.equal(78);
      expect(schema.stderr).to.match(
        /The database schema \(\d+\) is newer than WordPress \S+ knows \(\d+\): use the newer image again\.\n$/,
      );
    });

    it("asks nobody for a database update while its pods are still there", () => {
      expect(new Set(asked.seen.map(({ status, match }) => `${status} ${match}`))).to.deep.equal(
        new Set(["200 No Update Required"]),
      );
    });
  });
});
