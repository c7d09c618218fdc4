import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { saltKey, saltNames } from "../../../components/wordpress/environment.ts";
import { filePlaces } from "../../../components/wordpress/files.ts";
import { WordPress, type WordPressArgs } from "../../../components/wordpress/index.ts";
import { type Manifest, record } from "../../unit/components/harness.ts";
import { MySqlOnStage } from "../http/mysql.ts";
import { onStage, type Server } from "../http/stage.ts";
import { unpackImage } from "../image-root.ts";
import type { Ended, Script, Step } from "./run.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const longest = 600_000;
let shared: Promise<ProvisionStage> | undefined;

/** MySQL and WordPress of the embedded cluster's images, and a web server, where the Job's commands are run. */
export class ProvisionStage {
  private readonly root: string;
  private readonly database: MySqlOnStage;

  /** The web server of the pods, where {@link run} starts it: that of the files has port 80. */
  static readonly site = "http://127.0.0.1:8080";

  private constructor(root: string, database: MySqlOnStage) {
    this.root = root;
    this.database = database;
  }

  /** One for all tests of the process; its sites differ in their prefix of tables. */
  static shared(): Promise<ProvisionStage> {
    shared ??= ProvisionStage.unpack();
    return shared;
  }

  private static async unpack(): Promise<ProvisionStage> {
    const root = await unpackImage("localhost/wordpress:7.1", "provision");
    const stage = new ProvisionStage(root, await MySqlOnStage.unpack("provision-mysql"));
    stage.write("etc/hosts", "127.0.0.1 localhost\n192.31.0.1 api.wordpress.org downloads.wordpress.org\n");
    stage.write("run/secrets/wordpress/database/password", "secret");
    stage.write("run/secrets/wordpress/admin/password", "secret");
    process.once("exit", () => stage.remove());
    for (const salt of saltNames) stage.write(`run/secrets/wordpress/salts/${saltKey(salt)}`, salt);
    return stage;
  }

  /** Serves a file at http://127.0.0.1, and for WordPress at wordpress.org. */
  serve(name: string, content: Buffer | string): string {
    this.write(path.join("srv/files", name), content);
    return `http://127.0.0.1/${name}`;
  }

  /** The Job of a WordPress with these arguments. */
  async job(changes: Partial<WordPressArgs> = {}): Promise<Step> {
    const database = { host: "127.0.0.1", secretName: "db" };
    const site = { namespace: "blog", url: "https://blog.example.com", database, storage: {} };
    // The Job downloads where the site's own calls out are refused.
    const args = { ...site, internetAccess: false };
    const { resource } = await record(() => new WordPress("wp", { ...args, ...changes }));
    const files = resource("wp-files").inputs as { data: Record<string, string> };
    for (const [name, text] of Object.entries(files.data)) {
      this.write(path.join("etc/wordpress", name), text);
      // The pods' own port has the files' web server.
      if (filePlaces[name]) this.write(filePlaces[name], text.replace(":80>", ":8080>"));
    }
    this.write("etc/apache2/ports.conf", "Listen 8080\n");
    const [container] = (resource("wp-provision").inputs as Manifest).spec.template.spec.containers;
    const env = container.env.map(({ name, value }: { name: string; value: string }) => [name, value]);
    const ofImage = { PATH, PHP_INI_SCAN_DIR: ":/usr/local/etc/php/conf.d" };
    return { command: container.command, env: { ...ofImage, ...Object.fromEntries(env) } };
  }

  /** PHP in the site that the Job has left, all plugins loaded; what it echoes. */
  php({ env }: Step, code: string): Step {
    return { command: ["php", "-r", `require '/var/www/html/wp-load.php'; ${code}`], env };
  }

  /** @param pod whose files and environment a pod's web server has; without one there is none */
  async run(steps: readonly Step[], pod?: Step): Promise<Ended[]> {
    const script: Script = { root: this.root, steps };
    const servers = [...this.servers, ...(pod ? [this.webServer(pod)] : [])];
    return onStage(servers, path.join(import.meta.dirname, "run.ts"), script, longest);
  }

  /** A folder within WordPress' root file system, on the machine. */
  folder(place: string): string {
    return path.join(this.root, place);
  }

  private webServer({ env }: Step): Server {
    const command = ["env", ...Object.entries(env).map((pair) => pair.join("=")), "apache2-foreground"];
    return { root: this.root, command, ready: { url: "http://127.0.0.1:81/-/ready" } };
  }

  private get servers(): Server[] {
    const files = { url: this.serve("ready", "") };
    const web = ["php", "-S", "0.0.0.0:80", "-t", "/srv/files"];
    return [this.database.server, { root: this.root, command: web, ready: files }];
  }

  private write(file: string, content: Buffer | string): void {
    const place = path.join(this.root, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
    chmodSync(place, 0o644);
  }

  private remove(): void {
    this.database.remove();
    rmSync(this.root, { recursive: true, force: true });
  }
}
