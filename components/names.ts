/*
 * What the components call their objects. By these names they are also looked for in a cluster, without loading the
 * components. ConfigMaps and Jobs are not here: the engine names them, each one differently.
 */

export const mysqlNames = {
  /** StatefulSet, Service, PodDisruptionBudget, and Secret of the generated passwords. */
  server: "wordpress-mysql",
  /** Headless Service that gives the StatefulSet's pod its name in DNS. */
  pods: "wordpress-mysql-pods",
  /** Secret of the certificate made here. */
  certificate: "wordpress-mysql-tls",
  claim: "mysql-pvc",
} as const;

export const wordpressNames = {
  /** Deployment, Service, PodDisruptionBudget and HorizontalPodAutoscaler. */
  site: "wordpress",
  cron: "wordpress-cron",
  /** Secret of the generated password. */
  admin: "wordpress-admin",
  /** Secret of the generated salts. */
  salts: "wordpress-salts",
  claim: "wordpress-pvc",
} as const;

export const cacheNames = {
  /** Deployment, Service and PodDisruptionBudget. */
  cache: "wordpress-cache",
  /** Service that resolves to every pod. */
  pods: "wordpress-cache-pods",
  /** Secret of the generated token. */
  token: "wordpress-cache-token",
} as const;

export const routeNames = {
  /** IngressRoutes. */
  https: "wordpress-https",
  http: "wordpress-http",
  tlsOption: "wordpress-tls",
  transport: "wordpress",
  /** cert-manager's Certificate. */
  certificate: "wordpress",
} as const;

export const middlewareNames = [
  "redirect-https",
  "redirect-host",
  "security-headers",
  "compress",
  "retry",
  "limit-body",
  "limit-login",
  "limit-xmlrpc",
  "limit-rest",
  "limit-search",
] as const;

export const policyNames = [
  "default-deny",
  "traefik-to-wordpress",
  "traefik-to-acme-solver",
  "traefik-and-code-to-cache",
  "code-to-dns-and-database",
  "provision-to-downloads",
  "code-to-mysql",
  "code-to-cache",
  "code-to-wordpress",
  "cache-to-wordpress",
  "cache-to-dns-and-wordpress",
  "monitoring-to-cache",
  "extra-egress",
  "extra-ingress",
] as const;
