/** When a PersistentVolumeClaim is as far as it gets on its own. */
import { dig } from "../../rpc/values.ts";
import type { KubeObject } from "../objects.ts";
import { failed, ready, type Verdict, waiting } from "./verdict.ts";

/** Bound; or waiting for its first pod, where its class binds only then (waiting for it would be a deadlock). */
export function claimVerdict(claim: KubeObject, storageClass: KubeObject | undefined): Verdict {
  const phase = dig(claim, "status", "phase");
  if (phase === "Bound") return ready;
  if (phase === "Lost") return failed(`the volume ${dig(claim, "spec", "volumeName")} of this claim is gone`);
  if (storageClass?.volumeBindingMode === "WaitForFirstConsumer") return ready;
  const name = dig(claim, "spec", "storageClassName");
  if (name && !storageClass) return waiting(`there is no StorageClass ${name}`);
  return waiting(`waiting for ${storageClass?.provisioner ?? "somebody"} to provide a volume`);
}
