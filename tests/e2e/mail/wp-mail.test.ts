import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { execa } from "execa";
import type { SMTPServer, SMTPServerOptions } from "smtp-server";
import { type ServerCertificate, serverCertificate } from "../../../components/mysql/server-certificate.ts";
import { smtpEnv } from "../../../components/wordpress/smtp.ts";
import { resolved } from "../../unit/components/harness.ts";
import { unpackImage } from "../image-root.ts";
import { type Mail, startServer } from "./server.ts";

/* WordPress' own wp_mail() with the pods' plugin, in the image's root file system, against a real SMTP server. */

const plugin = path.join(import.meta.dirname, "../../../components/wordpress/files/outgoing-mail.php");
const login = { user: "blog", password: "a password" };

interface Sent {
  sent: boolean;
  log: string;
}

describe("WordPress' mail", () => {
  let root: string;
  let certificate: ServerCertificate;
  const servers: (SMTPServer | net.Server)[] = [];
  const mails: Mail[] = [];

  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  };

  before(async () => {
    root = await unpackImage("localhost/wordpress:7.1", "mail");
    certificate = await serverCertificate("a seed", ["localhost"]);
    write("etc/hosts", "127.0.0.1 localhost other\n");
    write("etc/wordpress/outgoing-mail.php", readFileSync(plugin, "utf8"));
    write("etc/wordpress/smtp-ca.crt", certificate.authority);
    write("run/secrets/wordpress/smtp/password", `${login.password}\n`);
    write("wp-mail.php", readFileSync(path.join(import.meta.dirname, "wp-mail.php"), "utf8"));
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    mails.length = 0;
  });
  after(() => rmSync(root, { recursive: true }));

  async function listen(options: SMTPServerOptions = {}): Promise<number> {
    const tls = { cert: certificate.certificate, key: certificate.privateKey };
    const { server, port } = await startServer({ ...tls, ...options }, login, (mail) => mails.push(mail));
    servers.push(server);
    return port;
  }

  const smtp = { host: "localhost", fromAddress: "blog@example.com" };
  const secure = { ...smtp, user: login.user, secretName: "smtp", certificateAuthority: "in a file" };

  /** Sends a mail as a pod with these arguments does. */
  async function send(args: Parameters<typeof smtpEnv>[0], ...headers: string[]): Promise<Sent> {
    const values = await resolved(pulumi.all(smtpEnv(args)));
    const env = Object.fromEntries(values.map(({ name, value }) => [name, String(value)]));
    const command = ["chroot", root, "php", "/wp-mail.php", ...headers];
    const { stdout, stderr } = await execa(command[0] as string, command.slice(1), { env, timeout: 60_000 });
    expect(`${stdout}${stderr}`).not.to.match(/a password|the secret text/);
    return { sent: JSON.parse(stdout).sent, log: stderr };
  }

  it("is given to the server by STARTTLS, with the login, from the site's address", async () => {
    const port = await listen();
    expect(await send({ ...secure, port })).to.deep.equal({ sent: true, log: "" });
    expect(mails).to.have.length(1);
    const [{ text, ...envelope }] = mails as [Mail];
    expect(envelope).to.deep.equal({
      from: "blog@example.com",
      to: ["reader@example.com"],
      user: "blog",
      encrypted: true,
    });
    expect(text).to.match(/^From: A Site & Co <blog@example\.com>\r$/m);
    expect(text).to.include("the secret text");
  });

  it("is given to the server by TLS from the first byte, under the name it is told", async () => {
    const port = await listen({ secure: true });
    expect(await send({ ...secure, port, tls: "implicit", fromName: "A Blog" })).to.include({ sent: true });
    expect(mails[0]).to.include({ user: "blog", encrypted: true });
    expect(mails[0]?.text).to.match(/^From: A Blog <blog@example\.com>\r$/m);
  });

  it("is given to the server in plain text only when told so, and to one without a login", async () => {
    const port = await listen({ authOptional: true });
    expect(await send({ ...smtp, port, tls: "none" })).to.include({ sent: true });
    expect(mails[0]).to.include({ user: undefined, encrypted: false });
  });

  it("comes from whom a plugin names, and goes back to the site's address", async () => {
    const port = await listen();
    expect(await send({ ...secure, port }, "From: Shop <shop@example.com>")).to.include({ sent: true });
    expect(mails[0]?.from).to.equal("blog@example.com");
    expect(mails[0]?.text).to.match(/^From: Shop <shop@example\.com>\r$/m);
  });

  describe("is not sent, and the log says why,", () => {
    it("when an authority nobody knows has signed the certificate", async () => {
      const port = await listen();
      const { sent, log } = await send({ ...secure, port, certificateAuthority: undefined });
      expect(sent).to.equal(false);
      expect(log).to.match(/^mail: "A subject" was not sent: SMTP Error: .*certificate verify failed/);
    });

    it("when the certificate is for another host", async () => {
      const port = await listen();
      const { sent, log } = await send({ ...secure, port, host: "other" });
      expect(sent).to.equal(false);
      expect(log).to.include("did not match expected name `other'");
      expect(log).to.match(/^[ -~]+$/);
    });

    it("when the server has no STARTTLS", async () => {
      const port = await listen({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true });
      const { sent, log } = await send({ ...secure, port });
      expect(sent).to.equal(false);
      expect(log).to.include("SMTP ERROR: STARTTLS command failed: 5");
    });

    it("when the password is wrong", async () => {
      const port = await listen();
      const { sent, log } = await send({ ...secure, port, user: "somebody" });
      expect(sent).to.equal(false);
      expect(log).to.include("Could not authenticate.").and.include("535 the password is another");
    });

    it("when nobody listens", async () => {
      const port = await listen();
      servers.splice(0)[0]?.close();
      const { sent, log } = await send({ ...secure, port });
      expect(sent).to.equal(false);
      expect(log).to.include("Connection refused");
    });

    it("when the server is mute", async () => {
      const mute = net.createServer().listen(0);
      servers.push(mute);
      const { port } = mute.address() as net.AddressInfo;
      write(
        "etc/wordpress/outgoing-mail.php",
        readFileSync(plugin, "utf8").replace(/(PATIENCE =) \d+/, "$1 1"),
      );
      const { sent, log } = await send({ ...secure, port });
      expect(sent).to.equal(false);
      expect(log).to.include("was not sent: SMTP Error: Could not connect to SMTP host.");
    });

    it("when the deployment has no server", async () => {
      const { sent, log } = await send(undefined);
      expect(sent).to.equal(false);
      expect(log).to.include("The deployment has no SMTP server (site.smtp).");
    });
  });
});
