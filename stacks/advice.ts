import type { SiteConfig } from "./schema.ts";

/** What is right as it is, and what whoever deploys may not expect of it: a sentence for each. */
export function advice({ network, wordpress }: SiteConfig): string[] {
  const closed = network.policies && !network.internetEgress && wordpress.content === "shared";
  return closed
    ? [
        "network.internetEgress is false: plugins and themes come by wordpress.plugins and wordpress.themes or are uploaded, and are neither installed nor updated from WordPress.org in the dashboard; pulumi config set --path network.internetEgress true opens web and mail",
      ]
    : [];
}
