import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { MySql, type MySqlArgs } from "../../../components/mysql/index.ts";
import { quote } from "../../../local/toolchain/process.ts";
import { type Manifest, record } from "../../unit/components/harness.ts";
import { apart, unpackImage } from "../image-root.ts";

const image = "localhost/mysql:9.7";

/** mysqld of the embedded cluster's image, started as its pod starts it, by steps of shell. */
export class Server {
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  static async unpack(): Promise<Server> {
    return new Server(await unpackImage(image, "mysql"));
  }

  /** Runs steps in a network of their own, with the pod's containers as shell functions `prepare`, `serve`, `ask SQL` and `end SIGNAL`. */
  async run(changes: Partial<MySqlArgs>, steps: string): Promise<string> {
    const { object, resource } = await record(() => new MySql("db", { namespace: "blog", ...changes }));
    const { data } = resource("db-config").inputs as { data: Record<string, string> };
    this.write("etc/mysql/conf.d/wordpress.cnf", data["wordpress.cnf"]);
    this.write("docker-entrypoint-initdb.d/zz-initialised.sh", data["initialised.sh"]);
    this.write("run/secrets/mysql/password", "p'w\n");
    this.write("run/secrets/mysql/root-password", "root\n");
    const { initContainers, containers } = object("StatefulSet", "wordpress-mysql").spec.template.spec;
    const start = containers[0].command ?? ["docker-entrypoint.sh", "mysqld"];
    const script = [
      "ip link set lo up",
      'cd "$0"; mount --bind /dev dev; mount -t proc proc proc; mount -t tmpfs tmpfs tmp',
      "mkdir -p var/lib/mysql run/mysqld; chown 999:999 var/lib/mysql run/mysqld",
      `inside="chroot --userspec=999:999 $0 env"`,
      `inside() { $inside "$@"; }`,
      `prepare() { inside ${words(initContainers[0].command)}; }`,
      // A group of its own, by which all of it is ended, and a pipe for its words, as in a container; pod.log has them as well.
      `serve() { setsid $inside ${variables(containers[0])} ${words(start)} > >(tee pod.log) 2>&1 & server=$!; }`,
      `end() { kill "-$1" -- "-$server"; wait "$server" || true; }`,
      `ready() { inside ${variables(containers[0])} ${words(containers[0].readinessProbe.exec.command)} 2>/dev/null; }`,
      "until_ready() { until ready; do sleep 0.1; done; }",
      'ask() { inside sh -c \'MYSQL_PWD=root mysql --user=root --batch --skip-column-names --execute="$1"\' sh "$1"; }',
      steps,
    ].join("\n");
    const { stdout, stderr, exitCode } = await execa(
      "setpriv",
      [...apart, "bash", "-e", "-c", script, this.root],
      { reject: false, timeout: 300_000 },
    );
    if (exitCode !== 0) throw new Error(`the steps ended with ${exitCode}: ${stdout}\n${stderr}`);
    return stdout;
  }

  empty(): void {
    rmSync(path.join(this.root, "var/lib/mysql"), { recursive: true, force: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private write(file: string, text = ""): void {
    const place = path.join(this.root, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
}

const words = (command: string[]) => command.map(quote).join(" ");
const variables = ({ env }: Manifest) =>
  words([
    ...env.map(({ name, value }: { name: string; value: string }) => `${name}=${value}`),
    "MYSQL_INITDB_SKIP_TZINFO=1",
  ]);
