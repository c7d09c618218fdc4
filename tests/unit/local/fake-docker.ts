import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A Docker that does nothing: it writes down what it is told and answers as the real one does. */
export interface FakeDocker {
  /** Commands since the last look, without those that only ask. */
  told(): string[];
  /** Makes it silent, as one whose engine does not run. */
  silence(): void;
  /** Puts somebody else's container there. */
  foreign(name: string): void;
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{ name: default, cluster: { server: "https://127.0.0.1:26443", certificate-authority-data: Y2E= } }]
users: [{ name: default, user: { client-certificate-data: Y2VydA==, client-key-data: a2V5 } }]
contexts: [{ name: default, context: { cluster: default, user: default } }]
current-context: default
`;

/** A file in the folder stands for each container: its label and whether it runs. */
const script = (folder: string) => `#!/bin/sh
cd ${folder} || exit 1
program=$(basename "$0")
[ ! -e silent ] || { echo "Cannot connect to the Docker daemon. Is the docker daemon running?" >&2; exit 1; }
for last; do :; done
case "$program $1 $2" in
  "docker version "*) echo linux; exit ;;
  "docker container inspect") cat "containers/$last" 2>/dev/null && exit; echo "Error response from daemon: No such container: $last" >&2; exit 1 ;;
esac
echo "$program $*" >>told
case "$program $1 $2" in
  "docker run "*) echo "k3s true" >"containers/$4"; echo 4f1e ;;
  "docker start "*) echo "k3s true" >"containers/$last"; echo "$last" ;;
  "docker stop "*) echo "k3s false" >"containers/$last"; echo "$last" ;;
  "docker rm "*) rm "containers/$last"; echo "$last" ;;
  "docker exec "*)
    case "$*" in
      *k3s.yaml) cat kubeconfig ;;
      *) [ -e asked ] || { touch asked; echo 'Error from server (NotFound): deployments.apps "traefik" not found' >&2; exit 1; } ;;
    esac ;;
  "k3d cluster create") echo "k3s true" >"containers/k3d-$3-server-0" ;;
  "k3d cluster stop") echo "k3s false" >"containers/k3d-$3-server-0" ;;
  "k3d cluster delete") rm "containers/k3d-$3-server-0" ;;
  "k3d kubeconfig get") cat kubeconfig ;;
esac
`;

/** Puts it, and where asked for a k3d, first on PATH; the folder is the caller's to remove, and so is the change of PATH. */
export function installFakeDocker(folder: string, ...programs: ("docker" | "k3d")[]): FakeDocker {
  mkdirSync(path.join(folder, "containers"), { recursive: true });
  writeFileSync(path.join(folder, "kubeconfig"), kubeconfig);
  for (const name of programs) writeFileSync(path.join(folder, name), script(folder), { mode: 0o755 });
  process.env.PATH = `${folder}${path.delimiter}${process.env.PATH}`;
  const record = path.join(folder, "told");
  return {
    told() {
      const lines = existsSync(record) ? readFileSync(record, "utf8").trimEnd().split("\n") : [];
      rmSync(record, { force: true });
      return lines;
    },
    silence: () => writeFileSync(path.join(folder, "silent"), ""),
    foreign: (name) => writeFileSync(path.join(folder, "containers", name), "<no value> true\n"),
  };
}
