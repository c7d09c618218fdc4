// `npm run docs`: writes docs/config.md from the config's schema; with --check it only says whether that is stale.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { siteSchema } from "../stacks/schema.ts";

const root = path.join(import.meta.dirname, "..");
const target = path.join(root, "docs", "config.md");

/** What JSON Schema says of a key, and the sentence its faults are reported with. */
interface KeySchema {
  description?: string;
  default?: unknown;
  properties?: Record<string, KeySchema>;
  required?: string[];
  items?: KeySchema;
  allowed?: string;
  optional?: boolean;
}

/** One line of a table. */
interface Row {
  key: string;
  allowed: string;
  default: string;
  meaning: string;
}

const intro = `# Configuration

<!-- Made from stacks/schema.ts by \`npm run docs\`; changes here are lost. -->

Every key a stack's file \`Pulumi.STACK.yaml\` may set, each under \`wordpress-kubernetes:\`. A key left out has its
default. One value is changed with \`pulumi config set --path\`, for example:

\`\`\`
pulumi config set --path wordpress-kubernetes:wordpress.autoscaling.maxReplicas 10
\`\`\`

All faults are reported together before anything is deployed; what stands under "Allowed" is what the message says.`;

/** The whole page. */
export function configDocs(): string {
  const { properties = {} } = z.toJSONSchema(siteSchema, {
    io: "input",
    override({ zodSchema, jsonSchema }) {
      // No value of a config is a symbol, so every type answers with its sentence.
      const { error } = z.safeParse(zodSchema, Symbol());
      const optional = zodSchema instanceof z.ZodOptional;
      Object.assign(jsonSchema, { allowed: error?.issues[0]?.message, optional });
    },
  }) as KeySchema;
  const descriptions = sectionDescriptions();
  const plain = Object.entries(properties).filter(([, schema]) => !schema.properties);
  const sections = Object.entries(properties).filter(([, schema]) => schema.properties);
  const general = `## General\n\n${table(plain.flatMap(([key, schema]) => rows(key, schema)))}`;
  const others = sections.map(
    ([key, schema]) => `## ${key}\n\n${descriptions[key]}.\n\n${table(rows(key, schema))}`,
  );
  return `${[intro, general, ...others].join("\n\n")}\n`;
}

/** Pulumi.yaml says what each top-level key is about. */
function sectionDescriptions(): Record<string, string> {
  const { config } = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { description: string }>;
  };
  return Object.fromEntries(Object.entries(config).map(([key, { description }]) => [key, description]));
}

/** A map's keys one after the other; for anything else its own row, and those of a list's entries. */
function rows(key: string, schema: KeySchema, fallback = defaultOf(schema)): Row[] {
  const { properties, items, allowed = "", description = "" } = schema;
  if (properties) {
    // A map that may be left out asks for its keys only when it is there.
    const must = schema.optional ? `required in \`${key}\`` : "required";
    return Object.entries(properties).flatMap(([name, inner]) =>
      rows(`${key}.${name}`, inner, schema.required?.includes(name) ? must : undefined),
    );
  }
  const row = { key, allowed, default: fallback, meaning: description };
  if (!items) return [row];
  if (items.properties) return [row, ...rows(`${key}[]`, { ...items, optional: true })];
  return [{ ...row, allowed: `${allowed}; each ${items.allowed}` }];
}

function defaultOf(schema: KeySchema): string {
  return schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
}

function table(lines: Row[]): string {
  const cells = lines.map(({ key, allowed, default: value, meaning }) => [
    `\`${key}\``,
    allowed,
    value,
    meaning,
  ]);
  const line = (columns: string[]) => `| ${columns.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(["Key", "Allowed", "Default", "Meaning"]),
    "| --- | --- | --- | --- |",
    ...cells.map(line),
  ].join("\n");
}

if (import.meta.main) {
  const docs = configDocs();
  if (process.argv.includes("--check")) {
    if (readFileSync(target, "utf8") !== docs) {
      console.error("docs/config.md does not follow from stacks/schema.ts any more: run `npm run docs`.");
      process.exitCode = 1;
    }
  } else {
    writeFileSync(target, docs);
    console.log("docs/config.md is written");
  }
}
