// flags.mjs owns the flag document in force: it evaluates with flagd's own engine and takes
// up what a source (file.mjs, object.mjs) gives it. A document the engine refuses is
// logged and the last good one stays. It must not know where documents come from.

import { FlagdCore } from "@openfeature/flagd-core";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

export class Flags {
  #log;
  #core = null; // the engine holding the last good document

  constructor(log) {
    this.#log = log;
  }

  get usable() {
    return this.#core !== null;
  }

  take(document) {
    try {
      const core = new FlagdCore(undefined, quiet);
      core.setConfigurations(document);
      this.#core = core;
      this.#log(`${core.getFlags().size} flags in force`);
    } catch (error) {
      this.#log(`document refused, the last good one stays: ${error.cause?.message ?? error.message}`);
    }
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
}

function failure(status, key, errorCode, errorDetails) {
  return { status, body: { key, errorCode, errorDetails } };
}
