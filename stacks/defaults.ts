import { mysqlDefaults } from "../components/mysql/defaults.ts";
import { networkDefaults } from "../components/network-isolation/defaults.ts";
import { pageCacheDefaults } from "../components/page-cache/defaults.ts";
import { rookDefaults } from "../components/rook-cephfs/defaults.ts";
import { certificateDefaults, routeDefaults } from "../components/traefik-route/defaults.ts";
import { wordpressDefaults } from "../components/wordpress/defaults.ts";

const { admin, language, timezone, permalinks } = wordpressDefaults;
const { sharedClassName, blockClassName, snapshots } = rookDefaults;

/** What a site has when it is not told otherwise: what its parts have, and which parts there are. */
export const siteDefaults = {
  namespace: "kube-example",
  createNamespace: true,
  protectData: false,
  site: {
    aliases: routeDefaults.aliases,
    title: admin.title,
    adminUser: admin.user,
    adminEmail: admin.email,
    language,
    timezone,
    permalinks,
  },
  existingSecrets: {},
  storage: { type: "rook", sharedClassName, blockClassName, snapshots, rook: rookDefaults },
  mysql: { ...mysqlDefaults, mode: "standalone" },
  wordpress: wordpressDefaults,
  pageCache: { ...pageCacheDefaults, enabled: false },
  route: { ...routeDefaults, tls: certificateDefaults },
  network: { ...networkDefaults, policies: true },
} as const;
