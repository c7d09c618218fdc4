import { expect } from "chai";
import fc from "fast-check";
import { bytes, bytesPattern, cpuPattern, mebibytes, millicores } from "../../../components/quantity.ts";

const units = ["Ki", "Mi", "Gi", "Ti"];
/** Numbers that stay exact as bytes up to tebibytes. */
const count = fc.integer({ min: 1, max: 4096 });

describe("quantities of bytes", () => {
  it("are these", () => {
    expect(["1Ki", "512Mi", "20Gi", "1Ti"].map(bytes)).to.deep.equal([
      1024, 536870912, 21474836480, 1099511627776,
    ]);
    expect(["512Ki", "1536Ki", "512Mi", "2Gi"].map(mebibytes)).to.deep.equal([0, 1, 512, 2048]);
  });

  it("grow by 1024 from unit to unit and are proportional to the number", () => {
    fc.assert(
      fc.property(count, fc.constantFrom("Ki", "Mi", "Gi"), (number, unit) => {
        const next = units[units.indexOf(unit) + 1];
        expect(bytes(`${number}${next}`)).to.equal(1024 * bytes(`${number}${unit}`));
        expect(bytes(`${number}${unit}`)).to.equal(number * bytes(`1${unit}`));
      }),
    );
  });

  it("are accepted exactly as a whole number of a binary unit", () => {
    fc.assert(
      fc.property(count, fc.constantFrom(...units), (number, unit) => {
        expect(`${number}${unit}`).to.match(bytesPattern);
      }),
    );
    const refused = ["2GB", "2G", "2gi", "2 Gi", "1.5Gi", "0Gi", "-1Gi", "Gi", "1024", "", "1e3Ki", "01Gi"];
    expect(refused.filter((text) => bytesPattern.test(text))).to.deep.equal([]);
  });

  it("say what is wrong with a text that is none", () => {
    expect(() => bytes("2GB")).to.throw('"2GB" is not a size such as 512Mi or 20Gi');
  });
});

describe("quantities of CPU", () => {
  it("are these", () => {
    expect(["200m", "1", "0.5", "2.25", "0.001"].map(millicores)).to.deep.equal([200, 1000, 500, 2250, 1]);
  });

  it("are the same in cores and in millicores", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64000 }), (thousandths) => {
        const cores = (thousandths / 1000).toFixed(3);
        expect(cores).to.match(cpuPattern);
        expect(`${thousandths}m`).to.match(cpuPattern);
        expect(millicores(cores))
          .to.equal(millicores(`${thousandths}m`))
          .and.to.equal(thousandths);
      }),
    );
  });

  it("are never nothing, negative or finer than a millicore", () => {
    const refused = [
      "0",
      "0m",
      "0.0",
      "0.000",
      "-1",
      "-200m",
      "1.0005",
      "0.5m",
      "1.",
      ".5",
      "01",
      "00.5",
      "",
      "1 ",
    ];
    expect(refused.filter((text) => cpuPattern.test(text))).to.deep.equal([]);
  });
});
