import { expect } from "chai";
import { siteSchema } from "../../../stacks/schema.ts";
import { readStackConfig, stackNames, UsageError } from "../../../tools/stack-config.ts";

/** The value of a top-level key of dev once this was set. */
const set = (key: string, ...overrides: string[]) => readStackConfig("dev", overrides)[key];

describe("stackNames", () => {
  it("are those of the files Pulumi.NAME.yaml", () => {
    expect(stackNames()).to.include.members(["dev", "local", "prod"]);
    expect(stackNames()).not.to.include("yaml");
  });
});

describe("readStackConfig", () => {
  it("is Pulumi.yaml's defaults under the stack's file, without the project's name and other projects' keys", () => {
    const config = readStackConfig("dev");
    expect(Object.keys(config)).to.have.members(Object.keys(siteSchema.shape));
    expect(config).to.deep.include({
      namespace: "kube-example",
      protectData: false,
      site: { url: "https://wordpress.localhost" },
      mysql: { storage: { size: "2Gi" } },
    });
  });

  it("says which stacks there are when there is no such", () => {
    expect(() => readStackConfig("staging")).to.throw(
      UsageError,
      /^There is no stack "staging"; known are dev, local, prod\.$/,
    );
  });

  describe("overrides", () => {
    it("set a value at the top, inside a map and in a map that was not there", () => {
      expect(set("namespace", "namespace=blog")).to.equal("blog");
      expect(set("mysql", "mysql.storage.size=9Gi", "mysql.image=mysql:9")).to.deep.equal({
        storage: { size: "9Gi" },
        image: "mysql:9",
      });
      expect(set("existingSecrets", "existingSecrets.admin=own")).to.deep.equal({ admin: "own" });
    });

    it("set entries of lists, with and without their keys", () => {
      expect(set("site", "site.aliases[0]=a.example", "site.aliases[1]=b.example")).to.deep.equal({
        url: "https://wordpress.localhost",
        aliases: ["a.example", "b.example"],
      });
      expect(
        (
          set("wordpress", "wordpress.extraEnv[0].name=A", "wordpress.extraEnv[0].value=1") as {
            extraEnv: unknown;
          }
        ).extraEnv,
      ).to.deep.equal([{ name: "A", value: 1 }]);
    });

    it("read flags and whole numbers as such, and all else as text, as `pulumi config set --path` does", () => {
      const values: [given: string, read: unknown][] = [
        ["true", true],
        ["false", false],
        ["0", 0],
        ["12", 12],
        ["-3", -3],
        ["1.5", "1.5"],
        ["007", "007"],
        ["2Gi", "2Gi"],
        ["", ""],
        ["a=b", "a=b"],
      ];
      for (const [given, read] of values) expect(set("namespace", `namespace=${given}`)).to.equal(read);
    });

    it("take the project's name before the key", () => {
      expect(set("mysql", "wordpress-kubernetes:mysql.storage.size=9Gi")).to.deep.equal({
        storage: { size: "9Gi" },
      });
    });

    it("win one after the other, and leave the next reading alone", () => {
      expect(set("namespace", "namespace=a", "namespace=b")).to.equal("b");
      expect(set("namespace")).to.equal("kube-example");
    });

    for (const wrong of ["namespace", "=x", ""]) {
      it(`are refused when they are no PATH=VALUE: "${wrong}"`, () => {
        expect(() => readStackConfig("dev", [wrong])).to.throw(
          UsageError,
          `--config takes PATH=VALUE, and got "${wrong}".`,
        );
      });
    }
  });
});
