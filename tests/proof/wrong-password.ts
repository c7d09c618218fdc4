import { badUpdate } from "./bad-updates.ts";
import type { Finding } from "./findings.ts";
import { inNamespace, namespace } from "./kube.ts";

const name = "proof-wrong-password";

/** Well-formed, and not what the server knows. */
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  stringData: { password: "not-the-password", "root-password": "not-this-one-either" },
};

/** An `up` that takes the database's passwords from a Secret in which they are wrong. */
export async function wrongPassword(): Promise<Finding> {
  await inNamespace(["apply", "-f", "-"], { input: JSON.stringify(secret) });
  try {
    return await badUpdate({
      name: "a Secret with a wrong password",
      settings: { existingSecrets: { database: name } },
      reason: /Access denied for user/,
      minutes: 3,
    });
  } finally {
    await inNamespace(["delete", "secret", name, "--ignore-not-found"]);
  }
}
