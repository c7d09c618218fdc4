/** What the route has when it is not told otherwise. */
export const routeDefaults = {
  aliases: [],
  entryPoints: { web: "web", websecure: "websecure" },
  hsts: { seconds: 31536000, includeSubdomains: false },
  contentSecurityPolicyReportOnly: true,
  maxRequestBodyBytes: 72 * 2 ** 20,
  loginRequestsPerMinute: 30,
  xmlrpcRequestsPerMinute: 30,
  trustedProxies: [],
  longestResponseSeconds: 70,
} as const;

/** Where the certificate comes from when nothing is said: Traefik's ACME resolver of this name. */
export const certificateDefaults = { source: "certResolver", certResolver: "ali" } as const;
