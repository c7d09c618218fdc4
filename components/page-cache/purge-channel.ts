import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service, type ServiceArgs as ServiceObjectArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type * as k8s from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { cacheNames } from "../names.ts";
import { objectLabels, type ServiceArgs, serviceMetadata, tierLabels } from "../pods.ts";
import { withProgramWins } from "../program-wins.ts";
import { fileText } from "../template.ts";
import { type Transform, transformed } from "../transform.ts";
import { notAwaited } from "../waiting.ts";
import { cachePort } from "./pod.ts";

/** Arguments of {@link PurgeChannel}. */
export interface PurgeChannelArgs extends ServiceArgs {
  /** Namespace of the cache and of WordPress. */
  namespace: pulumi.Input<string>;
  /** Secret with the key `token`. @default one with a generated token is made */
  existingSecretName?: pulumi.Input<string>;
  /** Changes to the objects this is made of. */
  transform?: { secret?: Transform<SecretArgs>; service?: Transform<ServiceObjectArgs> };
}

const folder = "/run/secrets/wordpress/page-cache";

/**
 * How WordPress tells every replica of the cache what has changed: a name that resolves to all of them, a token, and
 * a plugin. It comes before both: WordPress takes the parts given here, and the cache the token.
 */
export class PurgeChannel extends pulumi.ComponentResource {
  /** Secret whose key `token` both sides know. */
  readonly tokenSecretName: pulumi.Output<string>;
  /** Must-use plugin, PHP by file name. */
  readonly plugins: Record<string, string>;
  /** Environment the plugin reads. */
  readonly env: k8s.core.v1.EnvVar[];
  /** The token for WordPress' pods. */
  readonly volume: k8s.core.v1.Volume;
  /** Where the plugin looks for it. */
  readonly volumeMount: k8s.core.v1.VolumeMount;

  constructor(resourceName: string, args: PurgeChannelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("wordpress:index:PurgeChannel", resourceName, {}, withProgramWins(opts));

    const service = this.service(resourceName, args);
    this.tokenSecretName = pulumi.output(
      args.existingSecretName ?? this.secret(resourceName, args).metadata.name,
    );
    this.plugins = { "page-cache.php": fileText("page-cache.php", import.meta.url) };
    this.env = [
      { name: "PAGE_CACHE", value: pulumi.interpolate`${service.metadata.name}:${cachePort}` },
      { name: "PAGE_CACHE_TOKEN_FILE", value: `${folder}/token` },
    ];
    this.volume = { name: "page-cache", secret: { secretName: this.tokenSecretName, defaultMode: 0o440 } };
    this.volumeMount = { name: "page-cache", mountPath: folder, readOnly: true };
    this.registerOutputs({ tokenSecretName: this.tokenSecretName });
  }

  private secret(resourceName: string, { namespace, transform }: PurgeChannelArgs): Secret {
    const token = new RandomPassword(
      `${resourceName}-token`,
      { length: 64, special: false },
      { parent: this },
    );
    const args = {
      metadata: { name: cacheNames.token, namespace, labels: objectLabels("cache", namespace) },
      stringData: { token: token.result },
    };
    return new Secret(`${resourceName}-secret`, transformed(transform?.secret, args), { parent: this });
  }

  /** Resolves to the pods, and to those that are not ready yet or no longer: they may be keeping pages. */
  private service(resourceName: string, args: PurgeChannelArgs): Service {
    const object = {
      // Its pods come after WordPress', which come after this.
      metadata: serviceMetadata("cache", cacheNames.pods, args, notAwaited),
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: tierLabels("cache"),
        ports: [{ name: "http", port: cachePort, targetPort: "http" }],
      },
    };
    return new Service(`${resourceName}-pods`, transformed(args.transform?.service, object), {
      parent: this,
    });
  }
}
