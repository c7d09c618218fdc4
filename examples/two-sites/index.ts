/**
 * A blog and a shop in one cluster. They share a filesystem and a pool, and nothing else: each has its namespace, its
 * database and its NetworkPolicies.
 *
 *   pulumi config set domain example.com
 *   pulumi config set --path common.mysql.storage.size 50Gi   # whatever a Site takes, for both
 */
import * as pulumi from "@pulumi/pulumi";
import { RookCephfs } from "../../components/rook-cephfs/index.ts";
import { Site, type SiteArgs } from "../../stacks/site.ts";

const config = new pulumi.Config();
const domain = config.get("domain") ?? "example.com";
const common = config.getObject<Omit<SiteArgs, "site" | "namespace">>("common") ?? {};

const storage = common.storage ?? sharedStorage();

const blog = new Site("blog", {
  ...common,
  storage,
  namespace: "blog",
  site: { url: `https://blog.${domain}`, title: "Blog" },
});

const shop = new Site("shop", {
  ...common,
  storage,
  namespace: "shop",
  site: { url: `https://shop.${domain}`, title: "Shop" },
  // Nobody installs plugins in the shop: its code is what its image holds.
  wordpress: { ...common.wordpress, content: "image" },
  pageCache: { ...common.pageCache, enabled: false },
});

/** One filesystem and one pool in the Rook cluster, with a class on each. */
function sharedStorage(): SiteArgs["storage"] {
  const { sharedClassName, blockClassName } = new RookCephfs("storage", {});
  return { type: "existing", sharedClassName, blockClassName };
}

export const urls = { blog: blog.url, shop: shop.url };
