import { createRequire } from "node:module";
import { z } from "zod";
import { siteSchema } from "../stacks/schema.ts";

/** Type token of the one resource. */
export const siteToken = "wordpress:index:Site";

const manifest = createRequire(import.meta.url)("wordpress-kubernetes/package.json") as {
  version: string;
  description: string;
  license: string;
};

/** Version of the package, which is the project's. */
export const packageVersion = manifest.version;

/** What JSON Schema says of a key. */
interface KeySchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  properties?: Record<string, KeySchema>;
  required?: string[];
  items?: KeySchema;
  additionalProperties?: KeySchema | boolean;
}

/** A property in the terms of Pulumi's package schema. */
type Property = Record<string, unknown>;

const outputs = {
  url: "The site's address",
  namespace: "Namespace of everything the site is made of",
  mysqlHost: "Host of the database",
  databaseSecretName: "Secret with the database password",
  adminSecretName: "Secret with the administrator's name and password",
  databasePassword: "The generated database password; nothing when it comes from an existing Secret",
} as const;

/** Names of the outputs. */
export const outputNames = Object.keys(outputs) as (keyof typeof outputs)[];

/**
 * Pulumi's schema of the package: one resource, Site, whose inputs are the keys of a stack's config but `preflight` and
 * `verify`, with their meaning and defaults. Strings may be outputs of other resources; whatever else there is decides what
 * exists, or is computed with, and is plain.
 */
export function packageSchema(): object {
  const inputs = z.toJSONSchema(siteSchema.omit({ preflight: true, verify: true }), {
    io: "input",
    unrepresentable: "any",
  }) as KeySchema;
  const types: Record<string, object> = {};
  const inputProperties = properties("Site", inputs, types);
  const language = { respectSchemaVersion: true };
  return {
    name: "wordpress",
    version: packageVersion,
    description: manifest.description,
    license: manifest.license,
    language: { nodejs: language, python: language, go: language, csharp: language },
    types,
    resources: {
      [siteToken]: {
        isComponent: true,
        description:
          "A whole site: storage, database, WordPress and the route to it, in a namespace of its own.",
        inputProperties,
        requiredInputs: inputs.required,
        properties: Object.fromEntries(
          Object.entries(outputs).map(([name, description]) => [
            name,
            { type: "string", description, ...(name === "databasePassword" ? { secret: true } : {}) },
          ]),
        ),
        required: outputNames.filter((name) => name !== "databasePassword"),
      },
    },
  };
}

function properties(prefix: string, schema: KeySchema, types: Record<string, object>) {
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, inner]) => {
      const { description, default: value } = inner;
      const documented = {
        description,
        ...(Object(value) === value || value === undefined ? {} : { default: value }),
      };
      return [key, { ...documented, ...property(prefix + capitalized(key), inner, types) }];
    }),
  );
}

/** A property's type; maps of keys and choices become types of their own, added to `types`. */
function property(name: string, schema: KeySchema, types: Record<string, object>): Property {
  const { type, items, additionalProperties } = schema;
  const reference = { $ref: `#/types/wordpress:index:${name}`, plain: true };
  if (schema.properties) {
    types[`wordpress:index:${name}`] = {
      type: "object",
      properties: properties(name, schema, types),
      required: schema.required,
    };
    return reference;
  }
  if (schema.enum) {
    const choices = schema.enum.map((value) => ({ value }));
    types[`wordpress:index:${name}`] = { type: "string", enum: choices };
    return reference;
  }
  if (type === "array") return { type, items: property(`${name}Item`, items ?? {}, types), plain: true };
  if (type === "string") return { type };
  if (type === "boolean" || type === "integer" || type === "number") return { type, plain: true };
  if (Object(additionalProperties).type === "string") {
    return { type: "object", additionalProperties: { type: "string" }, plain: true };
  }
  return { $ref: "pulumi.json#/Any" };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
