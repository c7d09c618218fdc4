import { output } from "@pulumi/pulumi";
import { expect } from "chai";
import { wordpressEnv } from "../../../components/wordpress/environment.ts";
import type { WordPressArgs } from "../../../components/wordpress/index.ts";
import { Apache } from "./apache.ts";
import type { Answer, Question } from "./ask.ts";
import { askOnStage } from "./stage.ts";

/* Apache itself with the files its pods get, on a webroot that has WordPress' names and none of its code. */

const visitor = { host: "blog.example.com:8443", "x-forwarded-host": "blog.example.com:8443" };
const at = (path: string, headers: Record<string, string> = {}): Question => ({
  url: `http://127.0.0.1${path}`,
  headers: { ...visitor, ...headers },
});

const files = [
  ...["index.php", "wp-login.php", "wp-cron.php", "xmlrpc.php", "wp-config.php", "wp-config-sample.php"],
  ...["wp-config-docker.php", "wp-config.php.bak", "readme.html", "license.txt", "robots.txt"],
  ...["wp-admin/index.php", "wp-includes/license.txt", "wp-includes/style.css", ".git/config", ".env"],
  ...[
    "wp-content/plugins/a/readme.txt",
    "wp-content/plugins/a/license.php",
    "wp-content/plugins/a/xmlrpc.php",
  ],
  ...["wp-content/plugins/a/wp-config-tool.js", "wp-content/plugins/a/.git/HEAD", ".upgrade-7.1/x.php"],
  ...["license-agreement.pdf", "readme.pdf", "licenses.json", "photo.jpg", "evil.php", ".provision.lock"].map(
    (name) => `wp-content/uploads/${name}`,
  ),
];

/** Open to visitors, and who answers: a file as it is, or a script. */
const open = {
  "/": "index.php",
  "/license/": "index.php",
  "/readme/": "index.php",
  "/license": "index.php",
  "/wp-config-explained/": "index.php",
  "/readme-first/": "index.php",
  "/.well-known/": "index.php",
  "/.well-known/webfinger?resource=acct:a@b": "index.php",
  "/.well-known/nodeinfo": "index.php",
  "/wp-admin/": "wp-admin/index.php",
  "/wp-login.php": "wp-login.php",
  // No page of the kubelet's on this port.
  "/-/ready": "index.php",
  "/robots.txt": "file",
  "/wp-includes/style.css": "file",
  "/wp-content/uploads/license-agreement.pdf": "file",
  "/wp-content/uploads/readme.pdf": "file",
  "/wp-content/uploads/licenses.json": "file",
  "/wp-content/plugins/a/readme.txt": "file",
  "/wp-content/plugins/a/license.php": "wp-content/plugins/a/license.php",
  "/wp-content/plugins/a/xmlrpc.php": "wp-content/plugins/a/xmlrpc.php",
  "/wp-content/plugins/a/wp-config-tool.js": "file",
};

const denied = [
  ...["/wp-config.php", "/wp-config.php/x", "//wp-config.php", "/wp-config-sample.php", "/wp-config.php.bak"],
  ...["/wp-config-docker.php", "/%77p-config.php", "/readme.html", "/license.txt", "/.env", "/.git/config"],
  ...["/xmlrpc.php", "/xmlrpc.php/x", "/x/../xmlrpc.php", "/wp-cron.php", "/wp-cron.php?doing_wp_cron"],
  ...["/wp-content/plugins/a/.git/HEAD", "/.upgrade-7.1/x.php", "/wp-content/uploads/evil.php"],
  ...["/wp-content/uploads/evil.php/x", "/wp-content/uploads/.provision.lock", "/.htaccess"],
];

/** Reads a file of a Secret, in a folder as the kubelet makes it; with `new`, after it has put another behind it. */
const secret = `<?php
  if (!is_dir('/tmp/secret')) {
    exec('mkdir -p /tmp/secret/..1; cd /tmp/secret; echo -n old > ..1/password');
    exec('cd /tmp/secret; ln -s ..1 ..data; ln -s ..data/password password');
  }
  if (isset($_GET['new'])) {
    exec('cd /tmp/secret; mkdir ..2; echo -n new > ..2/password; ln -s ..2 ..data_tmp; mv -T ..data_tmp ..data; rm -r ..1');
  }
  echo file_get_contents('/tmp/secret/password');`;

describe("Apache with the site's settings", () => {
  let apache: Apache;

  const ask = (...questions: Question[]) => askOnStage([apache.server], questions);
  const header = (answers: Answer[], name: string) => answers.map(({ headers }) => headers[name]);

  before(async () => {
    apache = await Apache.unpack();
    apache.place(...files);
  });
  beforeEach(() => apache.configure());
  after(() => apache?.remove());

  it("answers what is content, whatever it is called", async () => {
    const answers = await ask(...Object.keys(open).map((path) => at(path)));
    const found = answers.map(({ status, headers }) =>
      status === 200 ? (headers["x-script"] ?? "file") : status,
    );
    expect(Object.fromEntries(Object.keys(open).map((path, index) => [path, found[index]]))).to.deep.equal(
      open,
    );
  });

  it("denies the core's own files, dot files, scripts among uploads, and what is not for visitors", async () => {
    const answers = await ask(...denied.map((path) => at(path)));
    const served = denied.filter((_, index) => answers[index]?.status !== 403);
    expect(served).to.deep.equal([]);
  });

  it("opens XML-RPC when it is asked to", async () => {
    await apache.configure({ xmlrpc: true });
    expect((await ask(at("/xmlrpc.php"))).map(({ status }) => status)).to.deep.equal([200]);
  });

  it("lets the site itself reach wp-cron.php, past Traefik", async () => {
    const [answer] = await ask({ url: "http://127.0.0.1/wp-cron.php", headers: { host: "wordpress" } });
    expect(answer?.status).to.equal(200);
  });

  it("reads a Secret anew once the kubelet has exchanged it", async () => {
    apache.script("secret.php", secret);
    // Often enough for every worker to have read it before, and some of them after.
    const before = Array<Question>(20).fill(at("/secret.php"));
    const answers = await ask(...before, at("/secret.php?new"), ...before);
    const bodies = answers.map(({ body }) => body);
    expect(new Set(bodies.slice(0, 20))).to.deep.equal(new Set(["old"]));
    expect(new Set(bodies.slice(21))).to.deep.equal(new Set(["new"]));
  });

  it("redirects to a folder by the site's own scheme and port", async () => {
    const questions = [
      at("/wp-admin"),
      at("/wp-content/uploads"),
      at("/wp-admin", { host: "blog.example.com" }),
    ];
    expect(header(await ask(...questions), "location")).to.deep.equal([
      "https://blog.example.com:8443/wp-admin/",
      "https://blog.example.com:8443/wp-content/uploads/",
      "https://blog.example.com:8443/wp-admin/",
    ]);
    await apache.configure({ url: "https://blog.example.com" });
    const standard = await ask(at("/wp-admin", { host: "blog.example.com" }));
    expect(header(standard, "location")).to.deep.equal(["https://blog.example.com/wp-admin/"]);
  });

  it("lets browsers keep files: long by version, for a month among uploads, for an hour else, and no page", async () => {
    const paths = [
      "/wp-includes/style.css?ver=7.1",
      "/wp-content/plugins/a/wp-config-tool.js?a=1&ver=2",
      "/wp-content/uploads/photo.jpg",
      "/wp-includes/style.css",
      "/robots.txt",
      "/?ver=1",
      "/no-such.css?ver=1",
      "/wp-content/uploads/no-such.jpg",
      "/wp-login.php?ver=1",
    ];
    expect(header(await ask(...paths.map((path) => at(path))), "cache-control")).to.deep.equal([
      ...["max-age=31536000", "max-age=31536000", "max-age=2592000", "max-age=3600", "max-age=3600"],
      ...[undefined, undefined, undefined, undefined],
    ]);
  });

  it("tells a file that is the same by the same ETag, compressed or not", async () => {
    const asked = ["/wp-includes/style.css", "/wp-content/uploads/photo.jpg"].flatMap((path) =>
      ["identity", "gzip"].map((encoding) => at(path, { "accept-encoding": encoding })),
    );
    const etags = header(await ask(...asked), "etag");
    // The same bytes written anew, as in the next pod of a site whose code comes from the image.
    apache.place(...files);
    const again = asked.map(({ url, headers }, index) => {
      return { url, headers: { ...headers, "if-none-match": etags[index] ?? "none" } };
    });
    const statuses = (await ask(...again)).map(({ status }) => status);
    expect(statuses, etags.join()).to.deep.equal([304, 304, 304, 304]);
  });

  it("has no pod to serve with PHP that cannot be read: the Job before them says what PHP says", async () => {
    const job = async (changes: Partial<WordPressArgs>) => {
      await apache.configure({ extraConfig: ["1;"], mustUsePlugins: { "own.php": "<?php 1;" }, ...changes });
      return apache.run(["bash", "/etc/wordpress/provision.sh"], {});
    };
    const extraConfig = ["define('A', 1);", "define('WP_DEBUG', true)", "define('B', 1);"];
    const config = await job({ extraConfig });
    expect(config.exitCode).to.equal(78);
    expect(config.stderr).to.match(/^wordpress\.extraConfig: .*syntax error, unexpected .* on line 3$/ms);
    const plugin = await job({ mustUsePlugins: { "own.php": "<?php\n1 1;" } });
    expect(plugin.exitCode).to.equal(78);
    expect(plugin.stderr).to.match(
      /^wordpress\.mustUsePlugins: .*syntax error.*must-use-own\.php on line 2$/ms,
    );
    const ini = await job({ php: { extraIni: ["date.timezone = (Europe/Berlin"] } });
    expect(ini.exitCode).to.equal(78);
    expect(ini.stderr).to.match(/^wordpress\.php\.extraIni: .*syntax error, unexpected .* on line \d+$/ms);
    // All can be read: the script goes on.
    const good = await job({
      extraConfig: ["define('B', \"it's $(HOME) and $$\");"],
      php: { extraIni: ["date.timezone = UTC"] },
    });
    expect(good.stderr).to.match(/WORDPRESS_CONTENT: unbound variable/);
  });

  for (const end of ["return;", "?>", "if (true) { return; }"]) {
    it(`has its own constants, whatever ends the lines of the config: ${end}`, async () => {
      const settings = await apache.configure({ extraConfig: ["define('A', __DIR__);", end] });
      const lines = await new Promise<string>((resolve) => {
        const all = wordpressEnv(settings);
        const { value } = all.find(({ name }) => name === "WORDPRESS_CONFIG_EXTRA") ?? {};
        output(value).apply((text) => resolve(text ?? ""));
      });
      apache.script(
        "wp-config.php",
        `<?php eval(getenv('WORDPRESS_CONFIG_EXTRA'));
        exit((int) !(WP_HOME === 'https://blog.example.com:8443' && DISALLOW_FILE_EDIT && A === __DIR__));`,
      );
      const ended = await apache.run(["php", "/var/www/html/wp-config.php"], {
        WORDPRESS_CONFIG_EXTRA: lines,
      });
      expect(ended).to.deep.equal({ exitCode: 0, stderr: "" });
    });
  }
});
