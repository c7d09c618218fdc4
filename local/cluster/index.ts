export { contextName, controlPlane, hostPorts } from "./layout.ts";
export { leftovers } from "./leftovers.ts";
export { nodeExec } from "./node.ts";
export { type Cluster, killNode, prepareMachine, startCluster, startNode } from "./start.ts";
export { type ClusterStatus, clusterStatus, describeStatus, type NodeStatus } from "./status.ts";
export { type StopOptions, stopCluster } from "./stop.ts";
