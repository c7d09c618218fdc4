import { expect } from "chai";
import { answerOf, faultsIn } from "../../proof/sql.ts";

describe("MySQL's client", () => {
  it("says whether every statement was carried out", () => {
    expect(answerOf("1\n2\nended with 0\n")).to.deep.equal({ done: true, lines: ["1", "2"] });
    expect(answerOf("1\nERROR 1114 (HY000) at line 3: The table 't' is full\nended with 1")).to.deep.equal({
      done: false,
      lines: ["1", "ERROR 1114 (HY000) at line 3: The table 't' is full"],
    });
    expect(answerOf("1\nended with 124").done).to.equal(false);
  });

  it("has nothing to say of its own", () => {
    expect(answerOf("mysql: [Warning] Something is deprecated.\n1\nended with 0")).to.deep.equal({
      done: true,
      lines: ["1"],
    });
  });

  it("loses no more than what was under way when it is cut off", () => {
    expect(answerOf("1\n2\n3")).to.deep.equal({ done: false, lines: ["1", "2"] });
  });
});

describe("the rows of CHECK TABLE", () => {
  it("name no fault when every table is in order", () => {
    expect(
      faultsIn(["wordpress.wp_posts\tcheck\tstatus\tOK", "wordpress.x\tcheck\tnote\twhatever"]),
    ).to.deep.equal([]);
  });

  it("name the table and what is wrong with it", () => {
    const rows = [
      "wordpress.wp_posts\tcheck\tstatus\tOK",
      "wordpress.wp_users\tcheck\tWarning\tThe B-tree of index PRIMARY is corrupted.",
      "wordpress.wp_users\tcheck\terror\tCorrupt",
    ];
    expect(faultsIn(rows)).to.deep.equal([
      "wordpress.wp_users: Warning The B-tree of index PRIMARY is corrupted.",
      "wordpress.wp_users: error Corrupt",
    ]);
  });

  it("are a fault when they are something else", () => {
    expect(faultsIn(["ERROR 2013 (HY000): Lost connection"])).to.have.length(1);
  });
});
