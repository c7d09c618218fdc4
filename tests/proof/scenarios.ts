import { autoscaling } from "./autoscaling.ts";
import { badUpdate } from "./bad-updates.ts";
import { certificateOrderedAnew } from "./certificate.ts";
import { mysqlEnds } from "./database.ts";
import { drain, spreadAfterUpdate } from "./drain.ts";
import { apiServerRestarted, idempotence, interruptedUpdates } from "./engine-faults.ts";
import { connectionsExhausted } from "./exhaustion.ts";
import type { Finding } from "./findings.ts";
import { networkPolicies } from "./isolation.ts";
import { mysqlNodeLost, nodeLost } from "./node-loss.ts";
import { apacheHung, containerKilled } from "./pod-faults.ts";
import { rollingUpdates, rolloutWithoutPreStop } from "./rollout.ts";
import { stopAndStart } from "./stop.ts";
import { uploads } from "./uploads.ts";

/** The full form of each scenario, in the order of the proof; the short forms are in tests/e2e. */
export const scenarios: Record<string, () => Promise<Finding | Finding[]>> = {
  autoscaling: () => autoscaling({ back: true }),
  rollout: () => rollingUpdates({ runs: 5 }),
  "rollout-control": () => rolloutWithoutPreStop({ runs: 2 }),
  drain: async () => [await drain(), await spreadAfterUpdate()],
  "node-lost": nodeLost,
  "mysql-node-lost": mysqlNodeLost,
  "container-killed": containerKilled,
  "apache-hung": apacheHung,
  mysql: () => mysqlEnds({ runs: 10 }),
  uploads: () => uploads({ mebibytes: 50 }),
  connections: connectionsExhausted,
  "bad-config": () => badUpdate("config"),
  "bad-image": () => badUpdate("image"),
  interrupted: () => interruptedUpdates({ runs: 10 }),
  "api-server": apiServerRestarted,
  certificate: certificateOrderedAnew,
  policies: networkPolicies,
  idempotence: () => idempotence({ runs: 20 }),
  stop: stopAndStart,
};
