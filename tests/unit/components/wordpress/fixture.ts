import { WordPress, type WordPressArgs } from "../../../../components/wordpress/index.ts";
import { labelsOf, record } from "../harness.ts";

/** What the serving pods are selected by. */
export const selected = { app: "wordpress", tier: "frontend" };

export const labels = labelsOf("frontend", "wordpress");

/** A WordPress without any option. */
export const args: WordPressArgs = {
  namespace: "blog",
  url: "https://blog.example.com",
  database: {
    host: "db.example.com",
    port: 3307,
    database: "site",
    user: "writer",
    secretName: "db-secret",
    passwordKey: "app-password",
  },
  admin: { user: "root", email: "root@example.com", title: "A Blog" },
  storage: { storageClassName: "shared" },
};

/** Builds it under mocks, with some arguments changed. */
export const build = (changes: Partial<WordPressArgs> = {}) =>
  record(() => new WordPress("wp", { ...args, ...changes }));
