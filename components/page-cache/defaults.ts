/** What the page cache has when it is not told otherwise. */
export const pageCacheDefaults = {
  image: "varnish:9.1.0",
  replicas: 2,
  resources: {
    requests: { cpu: "500m", memory: "256Mi", ephemeralStorage: "64Mi" },
    limits: { cpu: "500m", memory: "256Mi" },
  },
  /** The compiler of the rules writes there. */
  tmpSize: "64Mi",
  ttlSeconds: 120,
  graceSeconds: 300,
  staleIfErrorSeconds: 86400,
  noncePageSeconds: 600,
  longestRequestSeconds: 60,
  maxObjectSize: "4Mi",
  passCookies: [],
  passPaths: [],
  metrics: { enabled: true },
} as const;
