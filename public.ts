// What another program imports: `import { Site } from "wordpress-kubernetes"`.
export { MySql, type MySqlArgs } from "./components/mysql/index.ts";
export { NetworkIsolation, type NetworkIsolationArgs } from "./components/network-isolation/index.ts";
export { PageCache, type PageCacheArgs } from "./components/page-cache/index.ts";
export { PurgeChannel, type PurgeChannelArgs } from "./components/page-cache/purge-channel.ts";
export type { PodArgs, ResourceAmounts, Resources, ServiceArgs } from "./components/pods.ts";
export { RookCephfs, type RookCephfsArgs } from "./components/rook-cephfs/index.ts";
export { type Certificate, TraefikRoute, type TraefikRouteArgs } from "./components/traefik-route/index.ts";
export type { Fields, Transform } from "./components/transform.ts";
export {
  type Database,
  type Extension,
  type SmtpServer,
  WordPress,
  type WordPressArgs,
} from "./components/wordpress/index.ts";
export { Site, type SiteArgs } from "./stacks/site.ts";
