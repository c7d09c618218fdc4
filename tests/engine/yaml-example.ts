/** The example in YAML as the program of a stack. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { withNodejsHost } from "./nodejs-host.ts";
import type { Run, Stack } from "./stack.ts";

const checkout = path.join(import.meta.dirname, "..", "..");
const example = path.join(checkout, "examples", "yaml", "Pulumi.yaml");

/** The folder of the package. */
export const providerFolder = path.join(checkout, "provider");

interface Example {
  packages: { wordpress: string };
  resources: { blog: { properties: Record<string, unknown> } };
}

/** Puts the example in the place of the stack's program, with other values for some of the site's keys. */
export function useExample(stack: Stack, changes: Record<string, unknown> = {}): void {
  const program = parse(readFileSync(example, "utf8")) as Example;
  const { packages, resources } = program;
  expect(path.resolve(path.dirname(example), packages.wordpress)).to.equal(providerFolder);
  packages.wordpress = providerFolder;
  Object.assign(resources.blog.properties, changes);
  writeFileSync(path.join(stack.folder, "Pulumi.yaml"), stringify(program));
}

/** Runs the CLI with the language hosts beside it, as every project is run. */
export function runByHosts(stack: Stack, args: string[]): Promise<Run> {
  return stack.runAlone(args, withNodejsHost(stack.command, stack.folder));
}
