import type { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import type * as pulumi from "@pulumi/pulumi";
import { oneTimeJob } from "../one-time-job.ts";
import { containerDefaults, objectLabels, podTemplate, smallContainer } from "../pods.ts";
import type { MySqlSettings } from "./args.ts";
import { uid } from "./server.ts";

/** A Job that fails, in the server's own words, when a server would not start with the configuration. */
export function mysqlConfigCheck(
  resourceName: string,
  settings: MySqlSettings,
  configName: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): Job {
  const { namespace, image } = settings;
  const container = {
    name: "config-check",
    image,
    command: ["mysqld", "--validate-config", "--tmpdir=/tmp"],
    resources: smallContainer("100m", "256Mi"),
    ...containerDefaults,
    volumeMounts: [
      { name: "config", mountPath: "/etc/mysql/conf.d", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
  const template = podTemplate("provision", settings, {
    uid,
    restartPolicy: "Never",
    containers: [container],
    volumes: [
      { name: "config", configMap: { name: configName } },
      { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
    ],
  });
  const spec = { activeDeadlineSeconds: 600, template };
  const labels = objectLabels("mysql", namespace);
  return oneTimeJob(
    resourceName,
    { namespace, labels, spec, transform: settings.transform?.configJob },
    opts,
  );
}
