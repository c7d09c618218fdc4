/** Plugins and themes the provisioning Job brings along. */
import * as pulumi from "@pulumi/pulumi";
import type { WordPressSettings } from "./args.ts";

/** A plugin or a theme. Of a site whose code comes from the image, only the slug is given. */
export interface Extension {
  /** Name of its folder, which at wordpress.org is its name in addresses. */
  slug: pulumi.Input<string>;
  /** Its version, as its own header has it. */
  version?: pulumi.Input<string>;
  /** SHA-256 of its zip file, in hexadecimal digits. */
  sha256?: pulumi.Input<string>;
  /** Where its zip file is, http or https. @default wordpress.org's file of that slug and version */
  url?: pulumi.Input<string>;
  /** Activate it as well; only one theme can be. @default true */
  activate?: boolean;
}

/** As wordpress.org calls it in addresses. */
type Kind = "plugin" | "theme";

type Extensions = Pick<WordPressSettings, "content" | "plugins" | "themes">;

/** Where the files are that have to be downloaded: those of the language come from wordpress.org, where they are missing. */
export function downloads(
  settings: Extensions & Pick<WordPressSettings, "language">,
): pulumi.Input<string>[] {
  const { content, plugins, themes, language } = settings;
  if (content === "image") return [];
  const translated = language === "en_US" ? [] : ["https://downloads.wordpress.org/"];
  return [...translated, ...plugins.map(zipFile("plugin")), ...themes.map(zipFile("theme"))];
}

/** All of them as the Job is told: JSON, by kind. */
export function extensionsJson({ content, plugins, themes }: Extensions): pulumi.Output<string> {
  const told = (kind: Kind) => (extension: Extension) => {
    const { slug, version, sha256, activate = true } = extension;
    return content === "image"
      ? { slug, activate }
      : { slug, activate, version, sha256, url: zipFile(kind)(extension) };
  };
  return pulumi.jsonStringify({ plugins: plugins.map(told("plugin")), themes: themes.map(told("theme")) });
}

const zipFile =
  (kind: Kind) =>
  ({ slug, version, url }: Extension): pulumi.Input<string> =>
    url ?? pulumi.interpolate`https://downloads.wordpress.org/${kind}/${slug}.${version ?? ""}.zip`;
