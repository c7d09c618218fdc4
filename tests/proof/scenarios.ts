import { scaleDown, scaleUp } from "./autoscaling.ts";
import { badUpdate, badUpdates } from "./bad-updates.ts";
import { productionsStorage } from "./ceph.ts";
import { certificateOrderedAnew, certificateRenewed } from "./certificate.ts";
import { dashboardInClosedNetwork } from "./dashboard.ts";
import { mysqlEnds } from "./database.ts";
import { documentsFollowed } from "./documents.ts";
import { drain, onlyNodeDrained, spreadRestored } from "./drain.ts";
import { apiServerRestarted, idempotence, interruptedUpdates } from "./engine-faults.ts";
import { connectionsExhausted } from "./exhaustion.ts";
import type { Finding } from "./findings.ts";
import { databaseVolumeFull } from "./full-database.ts";
import { uploadsVolumeFull } from "./full-uploads.ts";
import { httpsEverywhere } from "./https.ts";
import { networkPolicies } from "./isolation.ts";
import { memoryLimitReached } from "./memory.ts";
import { mysqlNodeLost, nodeLost } from "./node-loss.ts";
import { destroyedAndMade, pageCacheOffAndOn } from "./page-cache.ts";
import { apacheHung, containerKilled } from "./pod-faults.ts";
import { rollouts } from "./rollout.ts";
import { stopAndStart } from "./stop.ts";
import { uploads } from "./uploads.ts";
import { wrongPassword } from "./wrong-password.ts";

/**
 * The full form of each scenario, in the order of the proof; the short forms are in proof/short. Those between
 * autoscaling and scale-down leave the pods alone: they fill the minutes the autoscaler waits. The ones that roll pods
 * without visitors come before those that bring some, which make six pods out of three.
 */
export const scenarios: Record<string, () => Promise<Finding | Finding[]>> = {
  autoscaling: scaleUp,
  https: httpsEverywhere,
  certificate: async () => [await certificateOrderedAnew(), await certificateRenewed()],
  "full-database": databaseVolumeFull,
  "full-uploads": uploadsVolumeFull,
  idempotence: () => idempotence({ runs: 20 }),
  "scale-down": scaleDown,
  interrupted: () => interruptedUpdates({ runs: 10 }),
  "api-server": apiServerRestarted,
  policies: networkPolicies,
  dashboard: () => dashboardInClosedNetwork({ runs: 3 }),
  uploads: () => uploads({ mebibytes: 12 }),
  rollout: () => rollouts({ updates: 5, requests: 20_000 }),
  drain: async () => [await drain(), await onlyNodeDrained(), await spreadRestored()],
  "node-lost": nodeLost,
  "mysql-node-lost": mysqlNodeLost,
  "container-killed": containerKilled,
  "apache-hung": apacheHung,
  memory: memoryLimitReached,
  mysql: () => mysqlEnds({ runs: 5 }),
  connections: connectionsExhausted,
  "bad-config": () => badUpdate(badUpdates.config),
  "bad-image": () => badUpdate(badUpdates.image),
  "wrong-password": wrongPassword,
  "page-cache": () => pageCacheOffAndOn({ runs: 10 }),
  destroy: () => destroyedAndMade({ runs: 10 }),
  documents: documentsFollowed,
  ceph: productionsStorage,
  stop: stopAndStart,
};
