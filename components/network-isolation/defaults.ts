/** What the isolation is when it is not told otherwise. */
export const networkDefaults = {
  traefik: { namespace: "traefik", cidrs: [] },
  dnsCidrs: [],
  internetEgress: false,
  downloads: [],
  certManager: false,
  extraEgress: [],
  extraIngress: [],
} as const;
