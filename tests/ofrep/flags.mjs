// flags.mjs owns the flag documents in force: it evaluates with flagd's own engine and takes
// up what its sources (file.mjs, object.mjs) give it. Of several, the later wins flag by flag, as in
// flagd. A document the engine refuses is logged and the last good one stays. It must not know
// where documents come from.

import { FlagdCore } from "@openfeature/flagd-core";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

export class Flags {
  #log;
  #cores = []; // by source, the engine holding its last good document

  constructor(log) {
    this.#log = log;
  }

  // What the source of that rank gives to.
  of(rank) {
    this.#cores[rank] = null;
    return { take: (document) => this.#take(rank, document), usable: () => this.#cores[rank] !== null };
  }

  #take(rank, document) {
    try {
      const core = new FlagdCore(undefined, quiet);
      core.setConfigurations(document);
      this.#cores[rank] = core;
      this.#log(`${core.getFlags().size} flags in force`);
    } catch (error) {
      this.#log(`document refused, the last good one stays: ${error.cause?.message ?? error.message}`);
    }
  }

  // Evaluates one flag; the answer is {status, body} of OFREP.
  evaluate(key, context) {
    const flag = this.#cores.findLast((core) => core?.getFlag(key))?.getFlag(key);
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
