import { kubectl } from "../../local/cluster/kubectl.ts";

/** A web server in the cluster. */
export interface FileServer {
  /** Its address in digits, without a slash at the end. */
  readonly url: string;
  remove(): Promise<void>;
}

const name = "file-server";

/** Starts a server of one file, in a namespace that has nothing to do with the site. */
export async function fileServer(file: string, content: Buffer): Promise<FileServer> {
  const metadata = { name, namespace: "default" };
  const files = { binaryData: { [file]: content.toString("base64") } };
  const container = {
    name,
    image: "localhost/wordpress:7.1",
    command: ["php", "-S", "0.0.0.0:8080", "-t", "/srv/files"],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    volumeMounts: [{ name: "files", mountPath: "/srv/files" }],
  };
  const spec = {
    terminationGracePeriodSeconds: 0,
    containers: [container],
    volumes: [{ name: "files", configMap: { name } }],
  };
  const items = [
    { apiVersion: "v1", kind: "ConfigMap", metadata, ...files },
    { apiVersion: "v1", kind: "Pod", metadata, spec },
  ];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl(["apply", "-f", "-"], { input });
  const pod = ["-n", "default", "wait", `pod/${name}`, "--timeout=60s"];
  await kubectl([...pod, "--for=condition=Ready"], { seconds: 70 });
  const address = await kubectl(["-n", "default", "get", "pod", name, "-o", "jsonpath={.status.podIP}"]);
  return {
    url: `http://${address}:8080`,
    async remove() {
      await kubectl(["-n", "default", "delete", `pod/${name}`, `configmap/${name}`, "--wait=false"]);
    },
  };
}
