import { run } from "../tests/e2e/environment.ts";
import { exit } from "./exit.ts";

/**
 * The parts a command was asked for, all of them when it named none, with the embedded site running. Ends the
 * process with one sentence when there is no such part or no site.
 */
export async function partsOnRunningSite(kind: string, known: object): Promise<string[]> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    console.error(`There is no ${kind} "${unknown}"; there are: ${Object.keys(known).join(", ")}`);
    return exit(2);
  }
  const started = await run(["npm", "start"], 55);
  if (started.code !== 0) {
    console.error(`${started.output}\nA running site is needed; npm start says above what is wrong.`);
    return exit(1);
  }
  return wanted.length > 0 ? wanted : Object.keys(known);
}
