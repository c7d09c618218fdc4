// Runs one of this project's TypeScript files: installs the npm packages when they are missing or stale and
// finds a Node that strips types by itself. Plain JavaScript, because it has to start on Node 20.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const [script, ...args] = process.argv.slice(2);

/** Type stripping is on by default from Node 22.18. */
const oldestNode = [22, 18];

function installPackages() {
  const stamp = path.join(root, "node_modules", ".installed");
  const wanted = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Installing the npm packages (once) …");
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.status !== 0) {
    console.error("npm ci failed: see its message above; check the network and the registry npm is set to.");
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** This Node when it is new enough, else the one from npm (package.json's optionalDependencies). */
function findNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return process.execPath;
  const bundled = path.join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(bundled)) return bundled;
  console.error(
    `Node ${oldestNode.join(".")} or newer is needed and this is ${process.versions.node}: install it from your platform's packages.`,
  );
  process.exit(1);
}

installPackages();
const node = findNode();
const child = spawn(node, ["--disable-warning=ExperimentalWarning", path.resolve(root, script), ...args], {
  stdio: "inherit",
  env: {
    ...process.env,
    // Whatever the script starts (the engine's language host, mocha) finds the same Node first.
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}`,
    // Compiled JavaScript, kept from one call to the next.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(root, "node_modules", ".compile-cache"),
  },
});
// A terminal's Ctrl-C reaches the child by itself, and once more would be the second one, which ends an engine at once.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
