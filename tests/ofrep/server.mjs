// server.mjs owns the command line and the HTTP surface: OFREP as flagd serves
// it on port 8016, and nothing more than OFREP and /healthz, so that the real
// flagd can take this server's place unchanged.
//
//   node server.mjs --flags SOURCE... [--listen 127.0.0.1:8016]    (port 0: any)
//
// SOURCE is a file, or core.openfeature.dev/NAMESPACE/NAME: a FeatureFlag in the API server of
// KUBECONFIG. With several, --flags A --flags B, the later wins; only the first must be there.
// With --evaluate it serves nobody, and answers what stands on stdin: see evaluate.mjs.
// Prints one JSON line {"listen": "HOST:PORT"} on stdout when it serves; logs go to stderr.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { File } from "./file.mjs";
import { Flags } from "./flags.mjs";
import { FeatureFlag, isObject } from "./object.mjs";

const EVALUATE = /^\/ofrep\/v1\/evaluate\/flags\/([^/]+)$/;
const MAX_BODY_BYTES = 1 << 20;

export async function serve({ flags: place, kubeconfig, listen = "127.0.0.1:8016", log = defaultLog }) {
  const flags = new Flags(log);
  const sources = [place].flat().map((place, rank) => {
    const taken = flags.of(rank);
    return isObject(place) ? new FeatureFlag(place, kubeconfig, taken, log) : new File(place, taken, log);
  });
  for (const [rank, source] of sources.entries()) await source.start(rank === 0);
  const [, host, port] = /^(.*):(\d+)$/.exec(listen) ?? [];
  if (host === undefined) throw new Error(`--listen must be HOST:PORT, not ${listen}`);
  const server = createServer((request, response) => {
    answer(flags, request)
      .catch((error) => ({ status: 500, body: { errorCode: "GENERAL", errorDetails: error.message } }))
      .then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => server.once("error", reject).listen(Number(port), host, resolve));
  const address = server.address();
  return {
    listen: `${address.address}:${address.port}`,
    close() {
      sources.forEach((source) => source.stop());
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(flags, request) {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/healthz") return { status: 200, body: { status: "ok" } };
  const key = EVALUATE.exec(pathname)?.[1];
  if (key === undefined) return { status: 404, body: { errorDetails: "no such path" } };
  if (request.method !== "POST") return { status: 405, body: { errorDetails: "POST only" } };
  const name = decodeURIComponent(key);
  const context = parseContext(await readBody(request));
  if (context === undefined) {
    return { status: 400, body: { key: name, errorCode: "INVALID_CONTEXT", errorDetails: 'the body must be {"context": {...}}' } };
  }
  return flags.evaluate(name, context);
}

function parseContext(text) {
  try {
    const context = JSON.parse(text).context ?? {};
    return typeof context === "object" && !Array.isArray(context) ? context : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function defaultLog(message) {
  process.stderr.write(`ofrep: ${message}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({ options: { evaluate: { type: "boolean" }, flags: { type: "string", multiple: true }, listen: { type: "string" } } });
  if (values.evaluate) {
    const { answer } = await import("./evaluate.mjs");
    await answer(process.stdin, process.stdout);
    process.exit(0);
  }
  if (!values.flags) {
    defaultLog("--flags FILE or --flags core.openfeature.dev/NAMESPACE/NAME is missing");
    process.exit(2);
  }
  const server = await serve({ ...values, kubeconfig: process.env.KUBECONFIG });
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => server.close());
  process.stdout.write(`${JSON.stringify({ listen: server.listen })}\n`);
}
