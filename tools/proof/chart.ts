import type { Finding } from "../../tests/proof/findings.ts";

const rowHeight = 26;
const labels = 400;
const bars = 260;

/** Share of failed requests for every finding made under load, as horizontal bars. */
export function chart(findings: Finding[]): string {
  const loaded = findings.flatMap(({ claim, requests }) => (requests ? [{ claim, ...requests }] : []));
  const largest = Math.max(0.01, ...loaded.map(({ failed, total }) => failed / total));
  const rows = loaded.map(({ claim, failed, total }, index) => {
    const y = index * rowHeight + 44;
    const width = Math.max(failed > 0 ? 2 : 0, (failed / total / largest) * bars);
    const figure = `${failed} of ${total} (${((failed / total) * 100).toFixed(2)} %)`;
    return [
      `<text x="${labels - 10}" y="${y + 13}" text-anchor="end">${escaped(claim)}</text>`,
      `<rect x="${labels}" y="${y}" width="${width.toFixed(1)}" height="18" fill="${failed > 0 ? "#c4542d" : "#2d7d46"}"/>`,
      `<text x="${(labels + width + 8).toFixed(1)}" y="${y + 13}">${figure}</text>`,
    ].join("\n");
  });
  const height = loaded.length * rowHeight + 56;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${labels + bars + 200} ${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="26" font-size="15" font-weight="bold">Failed requests, by what happened</text>
${rows.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("`", "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
