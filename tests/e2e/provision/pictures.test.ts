import { readFileSync } from "node:fs";
import { expect } from "chai";
import { pictureMebibytes, picturesAtOnce, workerMebibytes } from "../../../components/wordpress/sizing.ts";
import { ProvisionStage } from "./stage.ts";

/* What WordPress takes for pictures by Imagick, in processes with a pod's environment. */

const script = readFileSync(new URL("../../proof/pictures.php", import.meta.url), "utf8").replace(
  "<?php",
  "",
);

/** Several at once, and meanwhile the memory of each that cannot be taken back, in KiB; files of /tmp can. */
const atOnce = `
for _ in $(seq ${picturesAtOnce}); do php -r "$0" & done
while pids=$(jobs -rp) && [ "$pids" ]; do
  for pid in $pids; do sed -n 's/^RssAnon:[^0-9]*/anonymous /p' /proc/$pid/status 2> /dev/null; done
  sleep 0.05
done`;

describe("pictures of 24 megapixels", () => {
  it("get all their sizes within the memory the pod reckons with, as many at once as it reckons with", async () => {
    const stage = await ProvisionStage.shared();
    const job = await stage.job();
    const [, editor, pictures] = await stage.run([
      job,
      stage.php(job, "echo _wp_image_editor_choose(['mime_type' => 'image/jpeg']);"),
      { command: ["bash", "-c", atOnce, script], env: job.env },
    ]);
    expect(editor?.stdout).to.equal("WP_Image_Editor_Imagick");
    const said = pictures?.stdout ?? "";
    expect(said.match(/^\d+ sizes/gm), said + pictures?.stderr).to.deep.equal(
      Array(picturesAtOnce).fill("6 sizes"),
    );
    const kibibytes = [...said.matchAll(/^anonymous (\d+)/gm)].map(([, amount]) => Number(amount));
    expect(Math.max(...kibibytes) / 1024).to.be.at.most(workerMebibytes + pictureMebibytes);
  });
});
