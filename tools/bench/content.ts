import { alternate, columns, type Rounds, rowOf } from "./alternate.ts";
import { withPods } from "./control-pods.ts";
import type { Table } from "./report.ts";

/** Time of a page with the code on the shared volume, and with the code from the image. */
export function contentPlaces(): Promise<Omit<Table, "date">[]> {
  const load = { seconds: 5, connections: 1, perSecond: 0 };
  const rounds = 5;
  return withPods([{ name: "shared" }, { name: "image", codeOnNode: true }], async (addresses) => {
    const found = await alternate(addresses, rounds, load);
    const of = (name: string) => found[name] as Rounds;
    return [
      {
        title: "Where the code is: `content: shared` against `content: image`",
        setup: `One connection, ${load.seconds} s by turns, ${rounds} rounds, median and range; \`npm run bench -- content\`,`,
        columns,
        rows: ["shared", "image"].map((name) => rowOf(name, of(name), of("shared"))),
        conclusions: [
          "The embedded cluster's shared volume is a folder of the machine, so this shows the program's part only; a network file system adds its own.",
        ],
      },
    ];
  });
}
