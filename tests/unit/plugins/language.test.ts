import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { expect } from "chai";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { installPlugins } from "../../../local/plugins/install.ts";
import { commandFor, findRunner } from "../../../local/plugins/language/arguments.ts";
import { installedPackages } from "../../../local/plugins/language/packages.ts";
import { outcome } from "../../../local/plugins/language/run.ts";

const checkout = path.join(import.meta.dirname, "..", "..", "..");

describe("the language host", () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "language-test-")));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (where: string, name: string, manifest: object) => {
    const target = path.join(where, "node_modules", name);
    mkdirSync(target, { recursive: true });
    writeFileSync(path.join(target, "package.json"), JSON.stringify({ name, version: "1.2.3", ...manifest }));
  };

  it("finds packages and the plugins behind them, the nearest first", () => {
    const program = path.join(folder, "program");
    mkdirSync(program);
    install(folder, "@pulumi/random", { version: "4.0.0", pulumi: { resource: true, name: "random" } });
    install(program, "@pulumi/random", { version: "4.1.0", pulumi: { resource: true, name: "random" } });
    install(folder, "@someone/else", {
      pulumi: { resource: true, name: "else", version: "v9.9.9", server: "https://example.com" },
    });
    install(folder, "plain", {});
    mkdirSync(path.join(folder, "node_modules", "broken"));
    const found = new Map(installedPackages(program).map((item) => [item.npmName, item]));
    expect(found.get("@pulumi/random")?.plugin).to.deep.equal({
      name: "random",
      version: "v4.1.0",
      server: "",
    });
    expect(found.get("@someone/else")?.plugin).to.deep.equal({
      name: "else",
      version: "v9.9.9",
      server: "https://example.com",
    });
    expect(found.get("plain")).to.have.property("plugin", undefined);
  });

  it("starts the program with the SDK's own runner", () => {
    const runner = findRunner(checkout);
    expect(runner).to.match(/@pulumi\/pulumi\/cmd\/run\/index\.js$/);
    expect(findRunner(folder)).to.equal(undefined);

    const info = new language.ProgramInfo()
      .setProgramDirectory("/program")
      .setRootDirectory("/root")
      .setEntryPoint("index.ts")
      .setOptions(struct.Struct.fromJavaScript({ typescript: false, nodeargs: "--a  --b=1" }));
    const request = new language.RunRequest()
      .setInfo(info)
      .setMonitorAddress("monitor:1")
      .setProject("site")
      .setStack("dev")
      .setParallel(4)
      .setDryrun(true)
      .setArgsList(["x"])
      .setConfigsecretkeysList(["site:password"]);
    request.getConfigMap().set("site:password", "p");
    const command = commandFor(request, "RUN", "engine:2");
    expect(command.arguments.join(" ")).to.equal(
      "--a --b=1 RUN --monitor monitor:1 --engine engine:2 --project site --root-directory /root --stack dev --pwd /program --dry-run --parallel 4 index.ts x",
    );
    expect(command.environment).to.include({
      PULUMI_CONFIG: '{"site:password":"p"}',
      PULUMI_CONFIG_SECRET_KEYS: '["site:password"]',
      PULUMI_NODEJS_TYPESCRIPT: "false",
    });
  });

  it("tells a reported failure from a crash", () => {
    expect(outcome(0, null).toObject()).to.deep.equal({ error: "", bail: false });
    expect(outcome(32, null).getBail()).to.equal(true);
    expect(outcome(1, null).getError()).to.equal("Program exited with non-zero exit code: 1");
    expect(outcome(null, "SIGKILL").getError()).to.contain("SIGKILL");
  });

  it("is installed beside the CLI, the providers by version; again without effect", async () => {
    const cli = path.join(folder, "cli");
    await installPlugins(folder, cli);
    const files = [
      path.join(cli, "pulumi-language-nodejs"),
      path.join(folder, "plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes"),
      path.join(folder, "plugins/resource-random-v4.21.2/pulumi-resource-random"),
    ];
    const before = files.map((file) => statSync(file));
    for (const stat of before) expect(stat.mode & 0o777).to.equal(0o755);
    await installPlugins(folder, cli);
    expect(files.map((file) => statSync(file).ino)).to.deep.equal(before.map(({ ino }) => ino));
    writeFileSync(files[0] ?? "", "something else");
    await installPlugins(folder, cli);
    expect(statSync(files[0] ?? "").size).to.equal(before[0]?.size);
  });
});

describe("the language host as a process", () => {
  let folder: string;
  let host: ChildProcess;
  let client: InstanceType<typeof languageGrpc.LanguageRuntimeClient>;

  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "language-host-")));
    host = spawn(process.execPath, [path.join(checkout, "local/plugins/language/main.ts"), "127.0.0.1:1"], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    const [port] = await once(host.stdout as NonNullable<ChildProcess["stdout"]>, "data");
    client = new languageGrpc.LanguageRuntimeClient(
      `127.0.0.1:${String(port).trim()}`,
      grpc.credentials.createInsecure(),
    );
  });
  afterEach(() => {
    client.close();
    host.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  const program = () => new language.ProgramInfo().setProgramDirectory(folder);
  const deadline = () => ({ deadline: Date.now() + 10_000 });

  /** What a stream said, and how it ended: with "end", or with its error. */
  async function outcomeOf<T>(call: grpc.ClientReadableStream<T>): Promise<{ said: T[]; end: string }> {
    const said: T[] = [];
    call.on("data", (data: T) => said.push(data));
    const end = await new Promise<string>((resolve) => {
      call.on("end", () => resolve("end")).on("error", (error: grpc.ServiceError) => resolve(error.details));
    });
    return { said, end };
  }

  function npmThatEndsWith(code: number): void {
    writeFileSync(path.join(folder, "npm"), `#!/bin/sh\necho "$*"\nexit ${code}\n`);
    chmodSync(path.join(folder, "npm"), 0o755);
  }

  it("installs a program's packages with npm, and says when that fails", async () => {
    const request = new language.InstallDependenciesRequest().setInfo(program());
    npmThatEndsWith(0);
    const good = await outcomeOf(client.installDependencies(request, deadline()));
    expect(good.end).to.equal("end");
    expect(good.said.map((part) => Buffer.from(part.getStdout_asU8()).toString()).join("")).to.equal(
      "install --no-audit --no-fund\n",
    );
    npmThatEndsWith(7);
    const bad = await outcomeOf(client.installDependencies(request, deadline()));
    expect(bad.end).to.equal(`npm install in ${folder} ended with exit code 7`);
  });

  it("says of a plugin whose packages are missing what to do", async () => {
    const request = new language.RunPluginRequest().setInfo(program()).setKind("analyzer");
    const { end } = await outcomeOf(client.runPlugin(request, deadline()));
    expect(end).to.equal(`the package @pulumi/pulumi is not installed in ${folder}: run npm install there`);
  });

  it("takes the plugins it runs with it", async () => {
    const runner = path.join(folder, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
    mkdirSync(runner, { recursive: true });
    const listening =
      'require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port); });';
    writeFileSync(path.join(runner, "index.js"), listening);
    const request = new language.RunPluginRequest().setInfo(program()).setKind("analyzer");
    const call = client.runPlugin(request, deadline());
    call.on("error", () => {});
    const [first] = await once(call, "data");
    const port = Number(Buffer.from(first.getStdout_asU8()).toString());
    expect(await listens(port)).to.equal(true);
    host.kill("SIGTERM");
    for (let tries = 0; tries < 100 && (await listens(port)); tries++) await sleep(50);
    expect(await listens(port)).to.equal(false);
  });
});

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
