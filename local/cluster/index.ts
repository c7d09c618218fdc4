export { controlPlane, hostPorts } from "./layout.ts";
export { leftovers } from "./leftovers.ts";
export { nodeExec } from "./node.ts";
export { restartAdvice } from "./parts.ts";
export { killNode, prepareMachine, startCluster, startNode } from "./start.ts";
export { clusterStatus, describeStatus } from "./status.ts";
export { stopCluster } from "./stop.ts";
