import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A Docker that does nothing: it writes down what it is told and answers as the real one does. */
export interface FakeDocker {
  /** Commands since the last look, without those that only ask. */
  told(): string[];
  /** Makes it silent, as one whose engine does not run. */
  silence(): void;
  /** Makes it answer, but for questions about a container. */
  getStuck(): void;
  /** Puts somebody else's container there, with this label. */
  foreign(name: string, owner: string): void;
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{ name: default, cluster: { server: "https://127.0.0.1:26443", certificate-authority-data: Y2E= } }]
users: [{ name: default, user: { client-certificate-data: Y2VydA==, client-key-data: a2V5 } }]
contexts: [{ name: default, context: { cluster: default, user: default } }]
current-context: default
`;

/** A file in the folder stands for each container: whether it runs, and its label. */
const script = (folder: string) => `#!/bin/sh
cd ${folder} || exit 1
[ ! -e silent ] || { echo "Cannot connect to the Docker daemon. Is the docker daemon running?" >&2; exit 1; }
for last; do :; done
case "$1 $2" in
  "version "*) echo linux; exit ;;
  "container inspect")
    [ ! -e stuck ] || { echo "context deadline exceeded" >&2; exit 1; }
    cat "containers/$last" 2>/dev/null && exit
    echo "Error response from daemon: No such container: $last" >&2
    exit 1 ;;
esac
echo "docker $*" >>told
case "$1" in
  run) echo "true \${8#*=}" >"containers/$4"; echo 4f1e ;;
  start | stop)
    read -r running label <"containers/$last"
    [ "$1" = start ] && running=true || running=false
    echo "$running $label" >"containers/$last"
    echo "$last" ;;
  rm) rm "containers/$last"; echo "$last" ;;
  exec)
    case "$*" in
      *k3s.yaml) cat kubeconfig ;;
      *) [ -e asked ] || { touch asked; echo 'Error from server (NotFound): deployments.apps "traefik" not found' >&2; exit 1; } ;;
    esac ;;
esac
`;

/** Puts it first on PATH; the folder is the caller's to remove, and so is the change of PATH. */
export function installFakeDocker(folder: string): FakeDocker {
  mkdirSync(path.join(folder, "containers"), { recursive: true });
  writeFileSync(path.join(folder, "kubeconfig"), kubeconfig);
  writeFileSync(path.join(folder, "docker"), script(folder), { mode: 0o755 });
  process.env.PATH = `${folder}${path.delimiter}${process.env.PATH}`;
  const record = path.join(folder, "told");
  return {
    told() {
      const lines = existsSync(record) ? readFileSync(record, "utf8").trimEnd().split("\n") : [];
      rmSync(record, { force: true });
      return lines;
    },
    silence: () => writeFileSync(path.join(folder, "silent"), ""),
    getStuck: () => writeFileSync(path.join(folder, "stuck"), ""),
    foreign: (name, owner) => writeFileSync(path.join(folder, "containers", name), `true ${owner}\n`),
  };
}
