/** What is wrong between arguments that are each fine alone. */
import type { WordPressSettings } from "./args.ts";
import type { Extension } from "./extensions.ts";

/** An argument, by its path; the value given and what would be right. */
export interface ArgumentFault {
  argument: string;
  value: unknown;
  allowed: string;
}

type Shared = Pick<WordPressSettings, "replicas" | "strategy"> & {
  storage: Pick<WordPressSettings["storage"], "accessMode">;
  autoscaling: Pick<WordPressSettings["autoscaling"], "enabled">;
};

/** A volume for one node at a time, and more than one pod. A number of pods that comes later is not looked at. */
export function accessModeFaults({ storage, autoscaling, replicas, strategy }: Shared): ArgumentFault[] {
  if (storage.accessMode !== "ReadWriteOnce") return [];
  const several = !autoscaling.enabled && typeof replicas === "number" && replicas > 1;
  return [
    autoscaling.enabled && { argument: "autoscaling.enabled", value: true, allowed: "false" },
    several && { argument: "replicas", value: replicas, allowed: "1" },
    strategy === "RollingUpdate" && { argument: "strategy", value: strategy, allowed: "Recreate" },
  ].filter((fault) => fault !== false);
}

/** Extensions that say too little, or more than a site whose code comes from the image can do with. */
export function extensionFaults(
  settings: Pick<WordPressSettings, "content" | "plugins" | "themes">,
): ArgumentFault[] {
  return (["plugins", "themes"] as const).flatMap((kind) =>
    settings[kind].flatMap((extension, index, all) => [
      ...fileFaults(`${kind}[${index}]`, extension, settings.content),
      ...rivalFaults(kind, index, all),
    ]),
  );
}

function fileFaults(argument: string, extension: Extension, content: "shared" | "image"): ArgumentFault[] {
  const fault = (key: "version" | "sha256" | "url", allowed: string) => ({
    argument: `${argument}.${key}`,
    value: extension[key],
    allowed,
  });
  const given = (key: "version" | "sha256" | "url") => extension[key] !== undefined;
  if (content === "image") {
    const allowed = "nothing but slug and activate, because content is image: the code is what the image has";
    return (["version", "sha256", "url"] as const).filter(given).map((key) => fault(key, allowed));
  }
  return [
    !given("version") && fault("version", "the version in the plugin's or theme's own header, such as 1.2.3"),
    !given("sha256") && fault("sha256", "the SHA-256 of the zip file, 64 hexadecimal digits"),
  ].filter((found) => found !== false);
}

function rivalFaults(kind: "plugins" | "themes", index: number, all: Extension[]): ArgumentFault[] {
  const { slug, activate = true } = all[index] as Extension;
  const before = all.slice(0, index);
  return [
    before.some((other) => other.slug === slug) && {
      argument: `${kind}[${index}].slug`,
      value: slug,
      allowed: "one that is not in the list already",
    },
    kind === "themes" &&
      activate &&
      before.some((other) => other.activate ?? true) && {
        argument: `themes[${index}].activate`,
        value: activate,
        allowed: "false for every theme but one, because only one can be active",
      },
  ].filter((fault) => fault !== false);
}

const network =
  /\bdefine\s*\(\s*['"](WP_ALLOW_MULTISITE|MULTISITE|SUBDOMAIN_INSTALL)['"]\s*,(?!\s*(false|0)\b)/i;

/** Lines that make WordPress a network of sites, which has neither routes nor a provisioning here. */
export function multisiteFaults({ extraConfig }: Pick<WordPressSettings, "extraConfig">): ArgumentFault[] {
  return extraConfig.flatMap((line, index) =>
    typeof line === "string" && network.test(line)
      ? [
          {
            argument: `extraConfig[${index}]`,
            value: line,
            allowed:
              "no line for a network of sites (multisite), which is not supported: deploy a Site for each",
          },
        ]
      : [],
  );
}
