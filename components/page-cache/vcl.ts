import { fileText, fill } from "../template.ts";

/** How often another pod is asked: a node that is gone may have had half of them, and ten tries then fail once in a thousand. */
export const mostRetries = 9;

/** What the cache's rules depend on. */
export interface VclSettings {
  /** Host name of WordPress' Service. */
  host: string;
  /** Port of WordPress' Service. */
  port: number;
  /** Host of the site's address, with the port if it has one. */
  site: string;
  /** How long a page is fresh, in seconds. */
  ttlSeconds: number;
  /** How long after that it is still served while a newer one is fetched, in seconds. */
  graceSeconds: number;
  /** How long it is served when WordPress fails, in seconds. */
  staleIfErrorSeconds: number;
  /** The longest a page with a nonce is kept in all, in seconds; 0 for not at all. */
  noncePageSeconds: number;
  /** Longest request WordPress answers, in seconds. */
  longestRequestSeconds: number;
  /** Largest answer kept, in bytes. */
  maxObjectBytes: number;
  /** First parts of cookie names whose bearer gets pages of their own. */
  passCookies: readonly string[];
  /** Paths, with all below them, that are never kept. */
  passPaths: readonly string[];
  /** File that holds the token of whoever may have pages forgotten. */
  tokenFile: string;
}

/** Cookies of somebody: logged in, given a password, with a comment or a cart. All but the test whether cookies work. */
const personalCookies = [
  "wordpress_(?!test_cookie)",
  "wp-postpass_",
  "comment_author_",
  "woocommerce_",
  "wp_woocommerce_session_",
  "edd_",
  "PHPSESSID",
];

/** Administration, forms, and the shop pages of WooCommerce and Easy Digital Downloads under their default names. */
const personalPaths = [
  "wp-(?:admin|login|cron|signup|activate|comments-post|trackback)",
  "xmlrpc",
  "cart",
  "checkout",
  "my-account",
  "wc-api",
  "edd-api",
];

/** Previews, nonces, one's own comment awaiting approval, carts, a method in disguise; and searches, of which there is no end. */
const personalParameters = [
  "preview(?:_id|_nonce)?",
  "customize_\\w+",
  "_wpnonce",
  "unapproved",
  "moderation-hash",
  "add-to-cart",
  "wc-(?:ajax|api)",
  "edd_action",
  "doing_wp_cron",
  "_method",
  "s",
];

/** Read by analytics scripts in the browser. Sources: the help pages of Google, Meta, Microsoft, X, TikTok, LinkedIn, Mailchimp, HubSpot, Matomo. */
const trackingParameters = [
  "utm_\\w+",
  "g(?:clid|clsrc|braid|ad_\\w+)",
  "dclid",
  "wbraid",
  "_g[al]",
  "fbclid",
  "igshid",
  "msclkid",
  "yclid",
  "twclid",
  "ttclid",
  "li_fat_id",
  "mc_[ce]id",
  "_hs(?:enc|mi)",
  "(?:mtm|pk|piwik)_\\w+",
];

/** The cache's rules in Varnish's language. */
export function pageCacheVcl(settings: VclSettings): string {
  const values: Record<string, string | number> = {
    host: settings.host,
    port: settings.port,
    site: settings.site,
    ttl: settings.ttlSeconds,
    grace: settings.graceSeconds,
    staleIfError: settings.staleIfErrorSeconds,
    noncePage: settings.noncePageSeconds,
    longestRequest: settings.longestRequestSeconds,
    maxObjectBytes: settings.maxObjectBytes,
    mostRetries,
    cookies: [...personalCookies, ...settings.passCookies.map(literally)].join("|"),
    paths: [...personalPaths, ...settings.passPaths.map((path) => literally(path.slice(1)))].join("|"),
    parameters: personalParameters.join("|"),
    tracking: trackingParameters.join("|"),
    tokenFile: settings.tokenFile,
  };
  return fill("page-cache.vcl", fileText("page-cache.vcl", import.meta.url), values);
}

/** Text as a regular expression that matches just that. */
function literally(text: string): string {
  return text.replaceAll(/[^\w/-]/g, "\\$&");
}
