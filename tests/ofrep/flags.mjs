// flags.mjs owns the flag document: it reads the file, watches it (fs.watch on
// its folder plus a poll of its stat, so that an atomic rename or a mounted
// ConfigMap is seen too) and evaluates with flagd's own engine. A document the
// engine refuses is logged and the last good one stays in force.

import { readFile, stat } from "node:fs/promises";
import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { FlagdCore } from "@openfeature/flagd-core";

const POLL_MILLISECONDS = 200;
const quiet = { error() {}, warn() {}, info() {}, debug() {} };

export class Flags {
  #path;
  #log;
  #core = null; // the engine holding the last good document
  #seen = "";
  #watcher;
  #poll;
  #looking = Promise.resolve(); // one look at a time, or an old text could win

  constructor(path, log) {
    this.#path = path;
    this.#log = log;
  }

  async start() {
    await this.#reload();
    if (!this.#core) throw new Error(`no usable flag document in ${this.#path}`);
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

  // Evaluates one flag; the answer is {status, body} of OFREP.
  evaluate(key, context) {
    const flag = this.#core.getFlag(key);
    if (!flag) return failure(404, key, "FLAG_NOT_FOUND", `flag '${key}' not found`);
    const metadata = flag.metadata ?? {};
    if (flag.state === "DISABLED") return { status: 200, body: { key, reason: "DISABLED", metadata } };
    const { value, variant, reason, errorCode, errorMessage } = flag.evaluate(context, quiet);
    if (reason === "ERROR") return failure(400, key, errorCode ?? "GENERAL", errorMessage);
    return { status: 200, body: { value, key, reason, variant, metadata } };
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
    try {
      const core = new FlagdCore(undefined, quiet);
      core.setConfigurations(await readFile(this.#path, "utf8"));
      this.#core = core;
      this.#log(`${core.getFlags().size} flags in force`);
    } catch (error) {
      this.#log(`document refused, the last good one stays: ${error.cause?.message ?? error.message}`);
    }
  }

  async #stamp() {
    const { ino, size, mtimeNs } = await stat(this.#path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  }
}

function failure(status, key, errorCode, errorDetails) {
  return { status, body: { key, errorCode, errorDetails } };
}
