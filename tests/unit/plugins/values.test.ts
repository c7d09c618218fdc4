import { expect } from "chai";
import fc from "fast-check";
import {
  decode,
  encode,
  equal,
  hasUnknown,
  markSecrets,
  reveal,
  Secret,
  secretStrings,
  Unknown,
  unknown,
} from "../../../local/plugins/rpc/values.ts";

describe("property values", () => {
  it("survive the wire, secrets and unknowns included", () => {
    const value = { a: [1, new Secret({ b: "c" }), unknown], d: { e: true, f: "" } };
    const back = decode(encode(value));
    expect(back).to.deep.equal(value);
    expect((back.a as unknown[])[2]).to.be.instanceOf(Unknown);
  });

  it("survive the wire whatever JSON they are; only fields that are null get lost", () => {
    const signature = "4dabf18193072939515e22adb298388d";
    const json = fc.dictionary(
      fc.string().filter((key) => key !== signature && key !== "__proto__"),
      // A field named __proto__ is no field to JavaScript, and no object of Kubernetes has one.
      fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__")),
    );
    const withoutNulls = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(withoutNulls);
      if (typeof value !== "object" || value === null) return value;
      const fields = Object.entries(value).filter(([, field]) => field !== null);
      return Object.fromEntries(fields.map(([key, field]) => [key, withoutNulls(field)]));
    };
    fc.assert(
      fc.property(json, (value) => {
        expect(equal(decode(encode(value)), withoutNulls(value))).to.equal(true);
      }),
    );
  });

  it("understand the official signatures", () => {
    const signature = "4dabf18193072939515e22adb298388d";
    const secret = { [signature]: "1b47061264138c4ac30d75fd1eb44270", value: "x" };
    const output = { [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", secret: true };
    const decoded = decode(
      encode({ secret, output, text: "04da6b54-80e4-46f7-96ec-b56ff0331ba9", none: null }),
    );
    expect(decoded.secret).to.deep.equal(new Secret("x"));
    expect(decoded.output).to.deep.equal(new Secret(unknown));
    expect(decoded.text).to.equal(unknown);
    expect(decoded).not.to.have.property("none");
  });

  it("carry secretness over to the same places", () => {
    const source = {
      a: new Secret("x"),
      list: [{ env: new Secret("y") }],
      moved: [new Secret("z")],
      plain: 1,
    };
    const target = { a: "1", list: [{ env: "2", name: "n" }], moved: ["3", "4"], plain: 5, other: 6 };
    expect(markSecrets(target, source)).to.deep.equal({
      a: new Secret("1"),
      list: [{ env: new Secret("2"), name: "n" }],
      moved: new Secret(["3", "4"]),
      plain: 5,
      other: 6,
    });
  });

  it("are revealed and searched at every depth", () => {
    const value = { a: new Secret({ b: [new Secret("deep"), "side"] }), c: "open" };
    expect(reveal(value)).to.deep.equal({ a: { b: ["deep", "side"] }, c: "open" });
    expect(secretStrings(value)).to.deep.equal(["deep", "side"]);
    expect(hasUnknown({ a: new Secret([unknown]) })).to.equal(true);
    expect(hasUnknown(value)).to.equal(false);
  });

  it("are equal whatever the order of their keys, and not when one is missing", () => {
    expect(equal({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 })).to.equal(true);
    expect(equal({ a: 1 }, { a: 1, b: 0 })).to.equal(false);
    expect(equal([1, 2], [2, 1])).to.equal(false);
    expect(equal({}, [])).to.equal(false);
  });
});
