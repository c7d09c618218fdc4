/** Loaded by every engine test: stops the control plane when mocha is through. */
import { after } from "mocha";
import { stopAll } from "./context.ts";

after("stop the control plane", stopAll);
