// Runs an engine command on any program, as `npm run pulumi` does on the site's: engine.ts ENTRY CLI ARGS….
import { runEngine } from "../local/toolchain/run-engine.ts";

const [, , entry, command = "", ...args] = process.argv;
process.exitCode = await runEngine({ command, args, cwd: process.cwd(), env: {}, entry });
