import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { type Stack, stackArgs, takeOption } from "../../../local/stack.ts";
import { useTemporaryCache } from "../toolchain/temporary-cache.ts";

const root = path.join(import.meta.dirname, "../../..");
const words = (line: string) => line.split(" ").filter(Boolean);

describe("stackArgs", () => {
  const cache = useTemporaryCache();
  const configFile = () => path.join(cache(), "state/project/Pulumi.dev.yaml");
  let stack: Stack;
  beforeEach(() => {
    const engine = { command: "pulumi", env: {}, description: "none: nothing is run here" };
    const state = { folder: path.join(cache(), "state"), env: {} };
    stack = { name: "dev", engine, env: {}, context: undefined, state };
  });

  it("names stack and config file for the commands that read the config", () => {
    for (const command of ["up --yes", "update", "preview --diff", "refresh", "destroy", "import a b c"]) {
      expect(stackArgs(stack, words(command)), command).to.deep.equal([
        ...words(command),
        ...["--stack", "dev", "--config-file", configFile()],
      ]);
    }
  });

  it("names the stack alone for those that act on it otherwise; config goes to the checkout's file", () => {
    const commands = [
      "config",
      "config set --path a.b c",
      "cancel --yes",
      "state unprotect x",
      "stack output",
    ];
    for (const command of [...commands, "stack", "stack export", "stack unselect", "stack history"]) {
      expect(stackArgs(stack, words(command)), command).to.deep.equal([...words(command), "--stack", "dev"]);
    }
    expect(existsSync(configFile())).to.equal(false);
  });

  it("adds nothing where a command is about no stack, or names its own", () => {
    const commands = ["version", "plugin ls", "login --local", "", "whoami"];
    for (const command of [...commands, "stack ls", "stack init x", "stack rm x", "stack select x"]) {
      expect(stackArgs(stack, words(command)), command).to.deep.equal(words(command));
    }
    expect(stackArgs(stack, words("stack rename x"))).to.deep.equal(words("stack rename x"));
  });

  it("writes the checkout's config with this machine's settings, and leaves the checkout alone", () => {
    const file = path.join(root, "Pulumi.dev.yaml");
    const before = readFileSync(file, "utf8");
    stackArgs({ ...stack, context: "mine" }, ["up"]);
    const own = parse(before);
    expect(parse(readFileSync(configFile(), "utf8"))).to.deep.equal({
      ...own,
      config: { ...own.config, "kubernetes:context": "mine" },
    });
    expect(readFileSync(file, "utf8")).to.equal(before);
  });

  it("keeps the salt the engine has written, and nothing else of an earlier time", () => {
    stackArgs({ ...stack, context: "mine" }, ["up"]);
    const written = parse(readFileSync(configFile(), "utf8"));
    writeFileSync(configFile(), stringify({ ...written, encryptionsalt: "v1:salt" }));
    stackArgs(stack, ["preview"]);
    expect(parse(readFileSync(configFile(), "utf8"))).to.deep.equal({
      ...parse(readFileSync(path.join(root, "Pulumi.dev.yaml"), "utf8")),
      encryptionsalt: "v1:salt",
    });
  });

  it("tells the engine the project's name, so that its state is of this project", () => {
    stackArgs(stack, ["up"]);
    const { name, runtime } = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8"));
    const shadow = readFileSync(path.join(cache(), "state/project/Pulumi.yaml"), "utf8");
    expect(parse(shadow)).to.deep.equal({ name, runtime });
  });
});

describe("takeOption", () => {
  const take = (line: string) => {
    const { value, args } = takeOption(words(line), ["--stack", "-s"]);
    return [value, args.join(" ")];
  };

  it("changes no word where the option is not given", () => {
    expect(take("up --yes")).to.deep.equal([undefined, "up --yes"]);
    expect(take("")).to.deep.equal([undefined, ""]);
  });

  it("takes the option out of the words in each of its three forms, wherever it stands", () => {
    expect(take("preview --stack prod --diff")).to.deep.equal(["prod", "preview --diff"]);
    expect(take("preview --stack=prod --diff")).to.deep.equal(["prod", "preview --diff"]);
    expect(take("preview --diff -s prod")).to.deep.equal(["prod", "preview --diff"]);
    expect(take("-s prod preview")).to.deep.equal(["prod", "preview"]);
  });

  it("is not misled by options that begin alike", () => {
    expect(take("stack output --show-secrets")).to.deep.equal([undefined, "stack output --show-secrets"]);
    expect(take("x --stacks a")).to.deep.equal([undefined, "x --stacks a"]);
  });

  it("refuses an option without its value", () => {
    for (const line of ["up --stack", "up --stack=", "up -s"])
      expect(() => take(line), line).to.throw("needs a name");
  });
});
