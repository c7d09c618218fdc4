// Runs one of this project's TypeScript files: installs the npm packages when they are missing or stale and
// finds a Node that strips types by itself. Plain JavaScript, because it has to start on Node 20.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const [script, ...args] = process.argv.slice(2);

/** Type stripping is on by default from Node 22.18. */
const oldestNode = [22, 18];

/** The packages by their folders, as a lock file has them. */
const packages = (lock) => JSON.parse(readFileSync(path.join(root, lock), "utf8")).packages;

/** Whether what npm wrote down when it was done, however it was called, is what the lock file asks for. */
function isInstalled() {
  if (!existsSync(path.join(root, "node_modules", ".package-lock.json"))) return false;
  const there = packages("node_modules/.package-lock.json");
  return Object.entries(packages("package-lock.json")).every(([folder, { integrity, optional }]) =>
    folder in there ? there[folder].integrity === integrity : optional || folder === "",
  );
}

function installPackages() {
  if (isInstalled()) return;
  console.error("Installing the npm packages (once) …");
  // By a shell, because on Windows npm is a script.
  const npm = spawnSync("npm ci --ignore-scripts --no-audit --no-fund --loglevel=error", {
    cwd: root,
    shell: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.status === 0) return;
  console.error("npm ci failed: see its message above; check the network and the registry npm is set to.");
  process.exit(1);
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
