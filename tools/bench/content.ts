import { against, alternate, cellsOf, columns, compare, type Rounds } from "./alternate.ts";
import { withPods } from "./control-pods.ts";
import { median, type Table } from "./report.ts";

const rounds = 5;

/** Time of a page with the code on the shared volume, and with the code from the image. */
export function contentPlaces(): Promise<Table[]> {
  const load = { seconds: 4, connections: 1, perSecond: 0 };
  return withPods([{ name: "shared" }, { name: "image", codeOnNode: true }], async (addresses) => {
    const found = await alternate(addresses, rounds, load);
    const [shared, image] = [found.shared, found.image] as [Rounds, Rounds];
    return [
      {
        title: "Where the code is: `content: shared` against `content: image`",
        setup: `Two pods side by side, without CPU limits, each asked over one connection for ${load.seconds} s by turns, ${rounds} rounds, median and range; \`npm run bench -- content\`,`,
        columns: [...columns, "Pages/s"],
        rows: [
          ["`shared`", ...cellsOf(shared), ""],
          ["`image`", ...cellsOf(image), against("shared", image, shared)],
        ],
        conclusions: [
          conclusion(shared, image),
          "The embedded cluster's shared volume is a folder of the machine, so this is what PHP itself does differently; a network file system adds its own time, which this does not show.",
        ],
      },
    ];
  });
}

function conclusion(shared: Rounds, image: Rounds): string {
  const saved = median(shared.p50) - median(image.p50);
  const difference = `a page from \`image\` takes ${Math.abs(saved).toFixed(1)} ms ${saved < 0 ? "more" : "less"}`;
  if (compare(image, shared) === "alike") return `No difference beyond the noise: ${difference}.`;
  return `A difference beyond the noise: ${difference}.`;
}
