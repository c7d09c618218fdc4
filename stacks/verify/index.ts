/** The last step of an `up`: the site's own address, asked as a visitor asks it (docs/adr/0014-the-way-in.md). */
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { SiteConfig } from "../schema.ts";
import { type CertificateSource, type Verdict, verdictOn } from "./verdict.ts";

/** How long an address that answers wrongly is asked again, in seconds: an order of a certificate may take as long. */
const patience = 180;

/** Between two looks, in milliseconds. */
const pause = 1_000;

/** Asks until the site answers, or the address cannot be judged from here, or the time is over. */
export async function untilAnswering(
  url: URL,
  source: CertificateSource,
  seconds: number,
  waiting: (reason: string) => void = () => {},
): Promise<Verdict> {
  const deadline = Date.now() + seconds * 1000;
  for (let last = ""; ; ) {
    const verdict = await verdictOn(url, source);
    if (verdict.is !== "failing" || Date.now() + pause > deadline) return verdict;
    if (verdict.reason !== last) waiting(verdict.reason);
    last = verdict.reason;
    await sleep(pause);
  }
}

/**
 * The site's address, once it was asked. What fails ends the `up`, after the stack's outputs are kept; what cannot be
 * told from here is a warning. Nobody is asked in a preview.
 * @param url known when everything the site answers by is there
 * @param seconds how long an address that answers wrongly is asked again
 */
export function verified(
  url: pulumi.Output<string>,
  { verify, route }: SiteConfig,
  seconds = patience,
): pulumi.Output<string> {
  if (!verify || pulumi.runtime.isDryRun()) return url;
  return url.apply(async (address) => {
    const waiting = (why: string) =>
      void pulumi.log.info(`Waiting for ${address}: ${why}.`, undefined, 0, true);
    const verdict = await untilAnswering(new URL(address), route.tls.source, seconds, waiting);
    if (verdict.is === "unverified") await pulumi.log.warn(`not verified: ${address}: ${verdict.reason}.`);
    // On a promise of its own: the outputs of what was deployed are to be kept.
    if (verdict.is === "failing") void Promise.reject(new NotAnswering(address, verdict.reason, seconds));
    return address;
  });
}

/** The stack is there, and its site does not answer. A RunError: the engine shows the text without a stack trace. */
export class NotAnswering extends pulumi.RunError {
  constructor(url: string, why: string, seconds: number) {
    super(
      `Everything is deployed, and the site does not answer at ${url}: ${why}. Asked for ${seconds} s; see docs/operations.md, A site that does not answer.\nTo go on without asking: pulumi config set verify false`,
    );
    // What is thrown after the program's own end is shown with its stack.
    this.stack = this.message;
  }
}
