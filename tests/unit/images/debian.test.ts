import { expect } from "chai";
import { chooseMirror, downloadOptions } from "../../../local/images/debian.ts";

/** A line of `apt-get update --print-uris`. */
const source = (mirror: string, suite: string) => `'${mirror}/dists/${suite}/InRelease' name 0 `;
const debian = "http://mirror.test/debian";

/** Text of /etc/os-release. */
const release = (id: string, codename: string) =>
  `NAME="x"\nVERSION_CODENAME=${codename}\nID=${id}\nID_LIKE=debian\n`;

describe("the Debian mirror", () => {
  it("is the source of the machine's own release", () => {
    const uris = [
      source("https://vendor.test/apt", "vendor-bookworm"),
      source(`${debian}-security`, "bookworm-security"),
      source(debian, "bookworm-updates"),
      source(debian, "bookworm"),
      `'${debian}/dists/bookworm/main/binary-amd64/Packages.xz' name 0 `,
    ];
    expect(chooseMirror(uris.join("\n"), release("debian", "bookworm"))).to.equal(debian);
  });

  it("may serve the release under another name, unlike a third party's", () => {
    const uris = [source("https://vendor.test/apt", "stable"), source(debian, "testing")].join("\n");
    expect(chooseMirror(uris, release("debian", "forky"))).to.equal(debian);
  });

  it("is not made up where there is none", () => {
    expect(chooseMirror("", release("debian", "bookworm"))).to.equal(undefined);
    expect(
      chooseMirror(source("http://mirror.test/ubuntu", "noble"), release("debian", "bookworm")),
    ).to.equal(undefined);
  });

  it("is not the mirror of another distribution, which has no Debian", () => {
    const ubuntu = source("http://mirror.test/ubuntu", "noble");
    expect(chooseMirror(ubuntu, release("ubuntu", "noble"))).to.equal(undefined);
    expect(chooseMirror([ubuntu, source(debian, "sid")].join("\n"), release("ubuntu", "noble"))).to.equal(
      debian,
    );
  });

  it("is reached with the machine's own proxy settings", () => {
    const proxy = 'Acquire::http::Proxy "http://proxy.test:3128";';
    const dump = `APT::Architecture "amd64";\n${proxy}\nAcquire::http::Proxy::other.test "DIRECT";\nAcquire::https::CAInfo "";\nAcquire::Languages "en";\n`;
    expect(downloadOptions(dump)).to.deep.equal([proxy, 'Acquire::http::Proxy::other.test "DIRECT";']);
  });
});
