import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { output } from "@pulumi/pulumi";
import { execa } from "execa";
import { withDefaults } from "../../../components/defaults.ts";
import type { WordPressSettings } from "../../../components/wordpress/args.ts";
import { wordpressDefaults } from "../../../components/wordpress/defaults.ts";
import { filePlaces, podFiles } from "../../../components/wordpress/files.ts";
import type { WordPressArgs } from "../../../components/wordpress/index.ts";
import { apart, unpackImage } from "../image-root.ts";
import type { Server } from "./stage.ts";

const image = "localhost/wordpress:7.1";
const webroot = "var/www/html";

/** Apache of the embedded cluster's image with the files a pod gets, and a webroot whose files say who they are. */
export class Apache {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  static async unpack(): Promise<Apache> {
    return new Apache(await unpackImage(image, "apache"));
  }

  get server(): Server {
    const ready = { url: "http://127.0.0.1/.htaccess" };
    // As the image has it.
    const env = ["env", "PHP_INI_SCAN_DIR=:/usr/local/etc/php/conf.d"];
    return { root: this.root, command: [...env, "apache2-foreground"], ready };
  }

  /** Gives it the files of a pod's; what the pod is rendered from. */
  async configure(changes: Partial<WordPressArgs> = {}): Promise<WordPressSettings> {
    const database = { host: "127.0.0.1", secretName: "db" };
    const args = { namespace: "blog", url: "https://blog.example.com:8443", database, storage: {} };
    const settings = withDefaults<WordPressArgs, typeof wordpressDefaults>(
      { ...args, ...changes },
      wordpressDefaults,
    );
    const files: Record<string, string> = await new Promise((resolve) => {
      output(podFiles(settings)).apply(resolve);
    });
    for (const [name, text] of Object.entries(files)) {
      this.write(path.join("etc/wordpress", name), text);
      const place = filePlaces[name];
      if (place !== undefined) this.write(place, text);
    }
    return settings;
  }

  /** A file of the webroot, a script that says its address or a text that is its own path. */
  place(...files: string[]): void {
    for (const file of files) {
      const script = `<?php header('X-Script: ${file}'); echo $_SERVER['REQUEST_URI'];`;
      this.write(path.join(webroot, file), file.endsWith(".php") ? script : `${file}\n`.repeat(2000));
    }
  }

  /** A script of the webroot. */
  script(file: string, text: string): void {
    this.write(path.join(webroot, file), text);
  }

  /** Runs a command in its root file system. */
  async run(command: string[], env: Record<string, string>) {
    const inside = ["chroot", this.root, "env", ...Object.entries(env).map((pair) => pair.join("="))];
    const { exitCode, stderr } = await execa("setpriv", [...apart, ...inside, ...command], { reject: false });
    return { exitCode, stderr };
  }

  /** A file of its root file system. */
  write(file: string, text: string): void {
    const place = path.join(this.root, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text);
    utimesSync(place, 1_700_000_000, 1_700_000_000);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
