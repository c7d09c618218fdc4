import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import type { Step } from "./run.ts";
import { ProvisionStage } from "./stage.ts";

/* The Job's own commands, with PHP, WordPress and MySQL themselves. */

describe("the installation", () => {
  let stage: ProvisionStage;
  let job: Step;

  before(async () => {
    stage = await ProvisionStage.shared();
    job = await stage.job({ extraEnv: [{ name: "WORDPRESS_TABLE_PREFIX", value: "in_" }] });
  });

  it("makes an administrator who logs in with the password of the Secret, whatever is in it", async () => {
    const file = stage.folder("run/secrets/wordpress/admin/password");
    const before = readFileSync(file);
    const password = String.raw`it's "all" \ $1 & ä`;
    writeFileSync(file, `${password}\n`);
    // As the login page has it: WordPress has put slashes into all of $_POST.
    const login = `
      $_POST = ['log' => $argv[1], 'pwd' => $argv[2]];
      wp_magic_quotes();
      $user = wp_signon();
      echo is_wp_error($user) ? $user->get_error_code() : $user->user_login;`;
    const asAdmin = stage.php(job, login);
    const [installed, loggedIn] = await stage
      .run([job, { ...asAdmin, command: [...asAdmin.command, "admin", password] }])
      .finally(() => writeFileSync(file, before));
    expect(installed?.stdout, installed?.stderr).to.include("Installed WordPress");
    expect(loggedIn?.stdout, loggedIn?.stderr).to.equal("admin");
  });

  it("gives up on a database that does not answer after four minutes, and says why, once", async () => {
    // Four seconds here.
    const sooner = [
      "sed 's/time() + 240;/time() + 4;/' /etc/wordpress/install.php >/tmp/install.php",
      "sed 's#/etc/wordpress/install.php#/tmp/install.php#' /etc/wordpress/provision.sh | bash",
    ];
    const env = { ...job.env, WORDPRESS_DB_HOST: "127.0.0.1:3399" };
    const [ended] = await stage.run([{ ...job, env, command: ["bash", "-c", sooner.join("; ")] }]);
    expect(ended?.code, ended?.stderr).to.equal(78);
    expect(ended?.stderr.trim().split("\n").slice(-2)).to.deep.equal([
      "Waiting for the database: Connection refused",
      "No database in four minutes: Connection refused",
    ]);
  });
});
