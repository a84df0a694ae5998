// file.mjs owns flags that stand in a file: it watches by fs.watch on the file's folder plus
// a poll of its stat, so that an atomic rename or a mounted ConfigMap is seen too.

import { readFile, stat } from "node:fs/promises";
import { watch } from "node:fs";
import { basename, dirname } from "node:path";

const POLL_MILLISECONDS = 200;

export class File {
  #path;
  #flags;
  #log;
  #seen = "";
  #watcher;
  #poll;
  #looking = Promise.resolve(); // one look at a time, or an old text could win

  constructor(path, flags, log) {
    this.#path = path;
    this.#flags = flags;
    this.#log = log;
  }

  async start() {
    await this.#reload();
    if (!this.#flags.usable()) throw new Error(`no usable flag document in ${this.#path}`);
    this.#watcher = watch(dirname(this.#path), (_, name) => {
      if (name === null || name === basename(this.#path)) this.#look();
    });
    this.#watcher.on("error", (error) => this.#log(`watch ended, polling goes on: ${error.message}`));
    this.#poll = setInterval(() => this.#look(), POLL_MILLISECONDS);
  }

  stop() {
    this.#watcher?.close();
    clearInterval(this.#poll);
  }

  #look() {
    this.#looking = this.#looking.then(() => this.#refresh());
  }

  async #refresh() {
    try {
      if ((await this.#stamp()) !== this.#seen) await this.#reload();
    } catch (error) {
      // Between the two halves of a replacement the file is not there: the poll looks again.
      if (error.code !== "ENOENT") this.#log(`cannot look at ${this.#path}: ${error.message}`);
    }
  }

  async #reload() {
    this.#seen = await this.#stamp();
    this.#flags.take(await readFile(this.#path, "utf8"));
  }

  async #stamp() {
    const { ino, size, mtimeNs } = await stat(this.#path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  }
}
