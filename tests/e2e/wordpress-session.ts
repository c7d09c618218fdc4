import https from "node:https";
import { alwaysAt } from "../fetch-page.ts";
import { acmeRoot, adminPassword, siteUrl } from "./environment.ts";

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** A logged-in administrator, as a browser would be one: cookies from wp-login.php, a nonce for the REST API. */
export class WordPressSession {
  private readonly cookies = new Map<string, string>();
  private readonly agent = new https.Agent({ ca: acmeRoot(), keepAlive: true });
  private nonce = "";

  /** Logs in, with the deployment's password or another; rejects when WordPress does not let us in. */
  static async login(password?: string): Promise<WordPressSession> {
    const session = new WordPressSession();
    session.cookies.set("wordpress_test_cookie", "WP%20Cookie%20check");
    const pwd = password ?? (await adminPassword());
    const { status } = await session.submit("/wp-login.php", { log: "admin", pwd, testcookie: "1" });
    if (status !== 302) throw new Error(`login answered ${status} instead of a redirect`);
    const { body } = await session.request("GET", "/wp-admin/admin-ajax.php?action=rest-nonce");
    session.nonce = body.toString();
    return session;
  }

  /** Calls the REST API and returns its JSON; rejects on anything but success. */
  async rest<T>(method: string, path: string, body?: string | Buffer, headers = {}): Promise<T> {
    const type: Record<string, string> =
      typeof body === "string" ? { "content-type": "application/json" } : {};
    const answer = await this.request(method, `/wp-json/wp/v2${path}`, body, {
      "x-wp-nonce": this.nonce,
      ...type,
      ...headers,
    });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body.toString());
  }

  /** Publishes a post and returns its address. */
  async publish(title: string, content: string): Promise<{ id: number; link: string }> {
    return this.rest("POST", "/posts", JSON.stringify({ title, content, status: "publish" }));
  }

  /** Uploads a file to the media library and returns its address. */
  async upload(name: string, type: string, content: Buffer): Promise<{ id: number; source_url: string }> {
    return this.rest("POST", "/media", content, {
      "content-type": type,
      "content-disposition": `attachment; filename="${name}"`,
    });
  }

  /** Sends a form. */
  submit(path: string, fields: Record<string, string>): Promise<Answer> {
    return this.request("POST", path, new URLSearchParams(fields).toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
  }

  /** One request with this session's cookies. */
  request(
    method: string,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const request = https.request(
        new URL(path, siteUrl),
        {
          method,
          agent: this.agent,
          headers: { cookie, ...length, ...headers },
          timeout: 60_000,
          lookup: alwaysAt("127.0.0.1"),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            for (const line of response.headers["set-cookie"] ?? []) this.keepCookie(line);
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      request.on("timeout", () => request.destroy(new Error(`${method} ${path}: no answer within 60 s`)));
      request.on("error", reject);
      request.end(body);
    });
  }

  private keepCookie(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) this.cookies.set(name, value);
  }
}
