// Keeps what the tests ask of GitHub out of its description of its whole API, with all that this refers
// to: node cut.mjs SOURCE TARGET
import { readFileSync, writeFileSync } from "node:fs";

const [source, target] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(source, "utf8"));
const wanted = /^\/(rate_limit$|repos\/\{owner\}\/\{repo\}\/(issues|labels))/;
const paths = Object.fromEntries(Object.entries(whole.paths).filter(([path]) => wanted.test(path)));
const components = {};

function follow(node) {
  if (Array.isArray(node)) return node.forEach(follow);
  if (node === null || typeof node !== "object") return;
  // The validator gives up a whole body for one `nullable` that has no `type` beside it.
  if (node.nullable && !node.type) delete node.nullable;
  for (const [key, value] of Object.entries(node)) {
    if (key !== "$ref" || typeof value !== "string") {
      follow(value);
      continue;
    }
    const [, , kind, name] = value.split("/");
    components[kind] ??= {};
    if (name in components[kind]) continue;
    components[kind][name] = whole.components[kind][name];
    follow(components[kind][name]);
  }
}

follow(paths);
const { openapi, info } = whole;
writeFileSync(target, JSON.stringify({ openapi, info, servers: [{ url: "/" }], paths, components }));
