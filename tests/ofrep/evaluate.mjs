// evaluate.mjs owns one question put to flagd's engine many times: each line of the input is
// {"document", "key", "contexts"}, each line of the output the variants that those contexts are served,
// or null where the engine has an error instead.

import { createInterface } from "node:readline";
import { Flags } from "./flags.mjs";

export async function answer(input, output) {
  for await (const line of createInterface({ input })) {
    const { document, key, contexts } = JSON.parse(line);
    const flags = new Flags(() => {});
    const source = flags.of(0);
    source.take(document);
    const served = contexts.map((context) => {
      if (!source.usable()) return null;
      const { status, body } = flags.evaluate(key, context);
      return status === 200 ? (body.variant ?? null) : null;
    });
    await new Promise((resolve) => output.write(`${JSON.stringify(served)}\n`, resolve));
  }
}
