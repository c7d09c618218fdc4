/** The last step in the real engine, by both ways a program is run: what it ends, what it only warns of, what it keeps. */
import { writeFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { serverCertificate } from "../../components/mysql/server-certificate.ts";
import { newStack } from "./context.ts";
import "./hooks.ts";
import { withNodejsHost } from "./nodejs-host.ts";
import type { Run, Stack } from "./stack.ts";

const checkout = path.join(import.meta.dirname, "..", "..");
const wordPress = '<link href="/wp-includes/style.css">';

describe("the last step of an up", () => {
  const { NODE_EXTRA_CA_CERTS: before } = process.env;
  let stack: Stack;
  let server: https.Server;
  let answer: [status: number, body: string];
  let asked: number;
  let made = 0;

  beforeEach(async () => {
    asked = 0;
    made += 1;
    const shown = await serverCertificate("last-step", ["last-step.localhost"]);
    server = https.createServer({ key: shown.privateKey, cert: shown.certificate }, (_request, response) => {
      asked += 1;
      response.writeHead(answer[0], { connection: "close" }).end(answer[1]);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    stack = await newStack(program());
    process.env.NODE_EXTRA_CA_CERTS = path.join(stack.folder, "authority.pem");
    writeFileSync(process.env.NODE_EXTRA_CA_CERTS, shown.authority);
  });
  afterEach(() => {
    if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
    else process.env.NODE_EXTRA_CA_CERTS = before;
    // Its namespace goes away with the control plane.
    stack.remove();
    server.close();
    server.closeAllConnections();
  });

  const address = () => `https://last-step.localhost:${(server.address() as AddressInfo).port}`;

  function program(verify = true, name = `last-step-${made}`): string {
    const config = { site: { url: "https://last-step.localhost" }, verify };
    return `
      import { parseConfig } from "${checkout}/stacks/config.ts";
      import { verified } from "${checkout}/stacks/verify/index.ts";
      const made = new k8s.core.v1.Namespace("n", { metadata: { name: "${name}" } });
      const url = made.id.apply(() => "${address()}");
      export const kept = made.metadata.name;
      export const site = verified(url, parseConfig(${JSON.stringify(config)}), 6);`;
  }

  const up = ["up", "--yes", "--skip-preview"];
  const roads: Record<string, (...args: string[]) => Promise<Run>> = {
    "in the process of npm run pulumi": (...args) => stack.run(...args),
    "in a process for each run": (...args) =>
      stack.runAlone(args, withNodejsHost(stack.command, stack.folder)),
  };

  for (const [road, run] of Object.entries(roads)) {
    it(`ends the up with one clear error where the site fails, and keeps its outputs, ${road}`, async () => {
      answer = [404, "404 page not found\n"];
      const { code, text } = await run(...up);
      expect(code, text).not.to.equal(0);
      // Errors come once while they happen, and once in the summary.
      const summary = text.slice(text.lastIndexOf("Diagnostics:")).split("\n");
      const errors = summary.filter((line) => /^\s+error: /.test(line));
      const said = errors.filter((line) => line.trim() !== "error: The program failed.");
      expect(said, text).to.have.length(1);
      expect(said[0]).to.contain(
        `error: Everything is deployed, and the site does not answer at ${address()}: Traefik answers 404, because it has no route for this host`,
      );
      expect(text).not.to.match(/\.ts:\d+|^\s+at |rpc error|unhandled/im);
      expect(asked).to.be.greaterThan(1);
      expect(await stack.output("kept")).to.equal(`last-step-${made}`);
      expect(await stack.output("site")).to.equal(address());
    });

    it(`asks once where the site answers, and nobody in a preview, ${road}`, async () => {
      answer = [200, wordPress];
      expect((await run("preview")).code).to.equal(0);
      expect(asked).to.equal(0);
      const { code, text } = await run(...up);
      expect(code, text).to.equal(0);
      expect(text).not.to.contain("not verified");
      expect(asked).to.equal(1);
      // Known before, as in every preview of a stack that is there.
      expect((await run("preview")).code).to.equal(0);
      expect(asked).to.equal(1);
    });

    it(`only warns of what cannot be told from here, ${road}`, async () => {
      answer = [403, "who are you?"];
      const { code, text } = await run(...up);
      expect(code, text).to.equal(0);
      expect(text).to.contain(
        `warning: not verified: ${address()}: what answers is no page of WordPress (403).`,
      );
      expect(asked).to.equal(1);
    });

    it(`is not come to where something of the stack fails, ${road}`, async () => {
      answer = [404, "404 page not found\n"];
      stack.program(program(true, "Not_A_Name"));
      const { code, text } = await run(...up);
      expect(code).not.to.equal(0);
      expect(text).to.contain("Not_A_Name").and.not.contain("the site does not answer");
      expect(asked).to.equal(0);
    });
  }

  it("is left out with verify: false", async () => {
    answer = [404, "404 page not found\n"];
    stack.program(program(false));
    await stack.up();
    expect(asked).to.equal(0);
    expect(await stack.output("site")).to.equal(address());
  });
});
