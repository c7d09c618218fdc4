/** What MySQL has when it is not told otherwise. */
export const mysqlDefaults = {
  image: "mysql:8.4.10",
  database: "wordpress",
  user: "wordpress",
  storage: { size: "20Gi" },
  resources: {
    requests: { cpu: "500m", memory: "1Gi", ephemeralStorage: "128Mi" },
    limits: { cpu: "500m", memory: "1Gi" },
  },
  /** Sorts and changes of tables write there what does not fit in memory. */
  tmpSize: "4Gi",
  tls: false,
  extraConfig: [],
  maxUnavailable: 1,
  startDeadlineSeconds: 600,
  terminationGracePeriodSeconds: 300,
  protectData: false,
} as const;
