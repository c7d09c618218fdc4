/** The database server that runs: changes to it that would take the site down. */
import { mysqlNames } from "../../components/names.ts";
import { notAllowed } from "../fault.ts";
import type { SiteConfig } from "../schema.ts";
import type { Cluster } from "./cluster.ts";
import { inNamespace, type Rule } from "./rule.ts";

interface StatefulSet {
  spec: {
    template: {
      spec: {
        containers: { image: string; env?: { name: string; value?: string }[] }[];
        volumes?: { name: string; secret?: { secretName: string } }[];
      };
    };
  };
  status?: { readyReplicas?: number; currentRevision?: string; updateRevision?: string };
}

/** What a server that is ready was made with, and answers by; undefined where that says nothing about its data. */
async function running({ mysql, namespace }: SiteConfig, cluster: Cluster) {
  if (mysql.mode !== "standalone") return undefined;
  const path = `${inNamespace(namespace, "apps/v1")}/statefulsets/${mysqlNames.server}`;
  const set = await cluster.object<StatefulSet>(`StatefulSet ${mysqlNames.server}`, path);
  const { containers: [container] = [], volumes = [] } = set?.spec?.template.spec ?? {};
  if (!set || !container || !isSettled(set)) return undefined;
  const variable = (wanted: string) => container.env?.find(({ name }) => name === wanted)?.value;
  return {
    user: variable("MYSQL_USER"),
    database: variable("MYSQL_DATABASE"),
    secretName: volumes.find(({ name }) => name === "credentials")?.secret?.secretName,
    image: container.image,
  };
}

function isSettled({ status }: StatefulSet): boolean {
  return (status?.readyReplicas ?? 0) > 0 && status?.currentRevision === status?.updateRevision;
}

export const runningServer: Rule = async (config, cluster) => {
  const { mysql, existingSecrets } = config;
  const server = await running(config, cluster);
  if (!server) return [];
  const { secretName } = server;
  const [wanted, there] = [mysql.image, server.image].map(series);
  return [
    existingSecrets.database === undefined &&
      secretName !== undefined &&
      secretName !== mysqlNames.server &&
      notAllowed(
        "existingSecrets.database",
        undefined,
        `${secretName}, which has MySQL's passwords: generated ones would be others`,
      ),
    wanted !== undefined &&
      there !== undefined &&
      wanted < there &&
      notAllowed(
        "mysql.image",
        mysql.image,
        `the release of ${server.image} or a newer one: MySQL does not start on the data of a newer release. To go back, restore a dump into a new claim`,
      ),
    // What the server will not do by itself; whether somebody has done it cannot be seen from here.
    ...(["user", "database"] as const).map((what) => {
      const is = server[what];
      if (is === undefined || is === mysql[what]) return undefined;
      return {
        warning: `mysql.${what} is ${mysql[what]}, and MySQL was made with ${is}: it makes no other by itself, and without it the site is down. Make it in MySQL before the up.`,
      };
    }),
  ];
};

/** Major and minor version of an image's tag as one number that can be compared; undefined for other tags. */
function series(image: string): number | undefined {
  const [, major, minor] = /:(\d{1,2})\.(\d{1,2})(?![\w])[^/]*$/.exec(image) ?? [];
  return major === undefined ? undefined : Number(major) * 100 + Number(minor);
}
