/** The database server that runs: changes to it that would take the site down. */
import { mysqlNames } from "../../components/names.ts";
import type { SiteConfig } from "../schema.ts";
import type { ClusterFacts, StatefulSet } from "./facts.ts";
import { type Fault, notAllowed } from "./fault.ts";

/** What a server that is ready was made with; it is what it answers by. */
interface Running {
  user: string | undefined;
  database: string | undefined;
  secretName: string | undefined;
  image: string;
}

/** Undefined while the server is not ready in its newest form: then its form says nothing about its data. */
function running({ mysql }: ClusterFacts): Running | undefined {
  const [container] = mysql?.spec.template.spec.containers ?? [];
  if (!mysql || !container || !isSettled(mysql)) return undefined;
  const variable = (wanted: string) => container.env?.find(({ name }) => name === wanted)?.value;
  const credentials = mysql.spec.template.spec.volumes?.find(({ name }) => name === "credentials");
  return {
    user: variable("MYSQL_USER"),
    database: variable("MYSQL_DATABASE"),
    secretName: credentials?.secret?.secretName,
    image: container.image,
  };
}

function isSettled({ status }: StatefulSet): boolean {
  return (status?.readyReplicas ?? 0) > 0 && status?.currentRevision === status?.updateRevision;
}

/** Faults of a change to the server. */
export function serverFaults(config: SiteConfig, facts: ClusterFacts): (Fault | false)[] {
  const { mysql, existingSecrets } = config;
  const server = running(facts);
  if (!server) return [];
  const [wanted, there] = [mysql.image, server.image].map(series);
  return [
    existingSecrets.database === undefined &&
      server.secretName !== undefined &&
      server.secretName !== mysqlNames.server && {
        key: "existingSecrets.database",
        problem: "is missing",
        remedy: `expected ${server.secretName}, which has MySQL's passwords: generated ones would be others`,
      },
    wanted !== undefined &&
      there !== undefined &&
      wanted < there &&
      notAllowed(
        "mysql.image",
        mysql.image,
        `the release of ${server.image} or a newer one: MySQL does not start on the data of a newer release. To go back, restore a dump into a new claim`,
      ),
  ];
}

/** What the server will not do by itself; whether somebody has done it cannot be seen from here. */
export function serverDoubts({ mysql }: SiteConfig, facts: ClusterFacts): (string | undefined)[] {
  const server = running(facts);
  if (!server) return [];
  return (["user", "database"] as const).map((what) => {
    const is = server[what];
    if (is === undefined || is === mysql[what]) return undefined;
    return `mysql.${what} is ${mysql[what]}, and MySQL was made with ${is}: it makes no other by itself, and without it the site is down. Make it in MySQL before the up.`;
  });
}

/** Major and minor version of an image's tag as one number that can be compared; undefined for other tags. */
function series(image: string): number | undefined {
  const [, major, minor] = /:(\d{1,2})\.(\d{1,2})(?![\w])[^/]*$/.exec(image) ?? [];
  return major === undefined ? undefined : Number(major) * 100 + Number(minor);
}
