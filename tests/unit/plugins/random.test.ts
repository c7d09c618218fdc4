import { expect } from "chai";
import fc from "fast-check";
import { bcrypt } from "../../../local/plugins/random/bcrypt.ts";
import { type Recipe, randomString, recipeFaults } from "../../../local/plugins/random/characters.ts";
import { adopt, changedInputs, faults, make } from "../../../local/plugins/random/resource.ts";
import { reveal, Secret, unknown } from "../../../local/plugins/rpc/values.ts";

const urn = (kind: string) => `urn:pulumi:dev::p::random:index/random${kind}:Random${kind}::name`;

describe("bcrypt", () => {
  it("agrees with crypt(3) on known passwords", () => {
    const salt = (text: string) => Buffer.from(text, "hex");
    const known: [string, string, string][] = [
      [
        "U*U",
        "10410410410410410410410410410410",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
      ],
      [
        "U*U*",
        "10410410410410410410410410410410",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
      ],
      [
        "",
        "10410410410410410410410410410410",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
      ],
    ];
    for (const [password, hex, hash] of known) expect(bcrypt(password, 5, salt(hex))).to.equal(hash);
  });

  it("looks at no more than 72 bytes and takes a new salt each time", () => {
    const salt = Buffer.alloc(16, 7);
    expect(bcrypt("x".repeat(72), 4, salt)).to.equal(bcrypt("x".repeat(90), 4, salt));
    expect(bcrypt("x", 4)).not.to.equal(bcrypt("x", 4));
  });
});

describe("random strings", () => {
  const recipe = fc.record({
    length: fc.integer({ min: 1, max: 40 }),
    lower: fc.boolean(),
    upper: fc.boolean(),
    numeric: fc.boolean(),
    special: fc.boolean(),
    minLower: fc.nat(4),
    minUpper: fc.nat(4),
    minNumeric: fc.nat(4),
    minSpecial: fc.nat(4),
    overrideSpecial: fc.constantFrom(undefined, "_-"),
  });
  const count = (text: string, class_: RegExp) => [...text].filter((letter) => class_.test(letter)).length;

  it("follow any recipe that has no fault", () => {
    fc.assert(
      fc.property(recipe, (given: Recipe) => {
        fc.pre(recipeFaults(given).length === 0);
        const text = randomString(given);
        expect(text).to.have.length(given.length);
        const classes: [RegExp, boolean, number][] = [
          [/[a-z]/, given.lower, given.minLower],
          [/[A-Z]/, given.upper, given.minUpper],
          [/[0-9]/, given.numeric, given.minNumeric],
          [/[^a-zA-Z0-9]/, given.special, given.minSpecial],
        ];
        for (const [letters, isAllowed, least] of classes) {
          if (isAllowed) expect(count(text, letters)).to.be.at.least(least);
          else expect(count(text, letters)).to.equal(0);
        }
        if (given.overrideSpecial) expect(text).to.match(/^[a-zA-Z0-9_-]*$/);
      }),
    );
  });

  it("differ", () => {
    expect(new Set(Array.from({ length: 100 }, () => make(urn("String"), { length: 12 }).id)).size).to.equal(
      100,
    );
  });

  it("have faults that are named", () => {
    expect(faults(urn("Password"), { length: 0 })[0]?.reason).to.contain("at least 1, not 0");
    expect(faults(urn("Password"), { length: 3, minLower: 4 })[0]?.property).to.equal("length");
    expect(
      faults(urn("String"), { length: 3, lower: false, upper: false, numeric: false, special: false }),
    ).to.have.length(1);
    expect(faults(urn("Password"), { length: unknown })).to.deep.equal([]);
    expect(faults(urn("Integer"), { min: 5, max: 4 })[0]?.property).to.equal("max");
  });
});

describe("random resources", () => {
  it("are stored in the official form", () => {
    const { id, properties } = make(urn("Password"), { length: 12, special: false, keepers: { a: "b" } });
    expect(id).to.equal("none");
    expect(properties).to.include({
      id: "none",
      length: 12,
      special: false,
      number: true,
      minUpper: 0,
      __meta: '{"schema_version":"3"}',
    });
    expect(properties.result).to.be.instanceOf(Secret);
    expect(properties.bcryptHash).to.be.instanceOf(Secret);
    expect(reveal(properties.result)).to.match(/^[a-zA-Z0-9]{12}$/);
  });

  it("IDs come in every spelling of the same bytes", () => {
    const { id, properties } = make(urn("Id"), { byteLength: 6, prefix: "p-" });
    const bytes = Buffer.from(id, "base64url");
    expect(bytes).to.have.length(6);
    expect(properties).to.include({
      hex: `p-${bytes.toString("hex")}`,
      b64Std: `p-${bytes.toString("base64")}`,
      dec: `p-${BigInt(`0x${bytes.toString("hex")}`)}`,
    });
  });

  it("are imported by value", () => {
    const { id, inputs, properties } = adopt(urn("Password"), "supersecret");
    expect({ id, inputs }).to.deep.equal({ id: "none", inputs: { length: 11 } });
    expect(reveal(properties.result)).to.equal("supersecret");
    expect(adopt(urn("Id"), "p-,AAEC").properties).to.include({ hex: "p-000102", byteLength: 3 });
    expect(() => adopt(urn("Integer"), "5")).to.throw("cannot be imported");
  });

  it("are made anew when any input changes, but not when a default is spelt out", () => {
    const password = urn("Password");
    expect(
      changedInputs(password, { length: 8 }, { length: 8, special: true, minLower: 0, __defaults: [] }),
    ).to.deep.equal([]);
    expect(changedInputs(password, { length: 8 }, { length: 9 })).to.deep.equal(["length"]);
    expect(changedInputs(password, { length: 8 }, { length: 8, keepers: { a: "1" } })).to.deep.equal([
      "keepers",
    ]);
    expect(
      changedInputs(password, { length: 8, keepers: { a: "1" } }, { length: 8, keepers: { a: unknown } }),
    ).to.deep.equal(["keepers"]);
    expect(changedInputs(password, { length: new Secret(8) }, { length: 8 })).to.deep.equal([]);
  });

  it("of unknown kinds are refused with a way out", () => {
    expect(() => make(urn("Pet"), {})).to.throw("use the official plugin");
  });
});
