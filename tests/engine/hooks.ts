/** Loaded by every engine test: stops the control plane when mocha is through. */
import { after } from "mocha";
import { stopAll } from "./context.ts";

after("stop the control plane", async function () {
  this.timeout(60_000);
  await stopAll();
});
