// `npm run build`: the components as JavaScript with types, and the provider of the other languages, in dist/.
import { cpSync, globSync, rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";

const root = path.join(import.meta.dirname, "..");
const target = path.join(root, "dist");

rmSync(target, { recursive: true, force: true });
const compiler = path.join(root, "node_modules/typescript/bin/tsc");
const { exitCode } = await execa(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
  reject: false,
});
// What the components read beside their modules.
for (const files of globSync("components/*/files", { cwd: root })) {
  cpSync(path.join(root, files), path.join(target, files), { recursive: true });
}
cpSync(path.join(root, "provider/PulumiPlugin.yaml"), path.join(target, "provider/PulumiPlugin.yaml"));
process.exitCode = exitCode ?? 1;
