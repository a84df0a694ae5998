// server.test.mjs owns what the flag server promises: flagd's answers over
// OFREP, cuts that end by themselves, and a file that may be replaced or
// broken under way.

import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "./server.mjs";

const nowSeconds = () => Math.floor(Date.now() / 1000);
const forBeta = { if: [{ in: [{ var: "tier" }, ["beta"]] }, "off"] };

function onOff(targeting, more = {}) {
  return { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "on", ...(targeting && { targeting }), ...more };
}

function cut(deadline, original) {
  return { if: [{ "<": [{ var: "$flagd.timestamp" }, deadline] }, "off", ...(original ? [original] : [])] };
}

// A server over a flag file of its own, and the means to use both.
async function rig(t, flags) {
  const folder = await mkdtemp(join(tmpdir(), "ofrep-"));
  const path = join(folder, "flags.json");
  const logged = [];
  await writeFile(path, JSON.stringify({ flags }));
  const server = await serve({ flags: path, listen: "127.0.0.1:0", log: (line) => logged.push(line) });
  t.after(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  const post = async (key, body) => {
    const response = await fetch(`http://${server.listen}/ofrep/v1/evaluate/flags/${key}`, { method: "POST", body });
    return { status: response.status, ...(await response.json()) };
  };
  return {
    path,
    folder,
    logged,
    post,
    base: `http://${server.listen}`,
    evaluate: (key, context = {}) => post(key, JSON.stringify({ context })),
    async replace(text) {
      await writeFile(join(folder, "new"), text);
      await rename(join(folder, "new"), path);
    },
  };
}

async function eventually(check) {
  for (const deadline = Date.now() + 5000; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test("a flag without targeting answers its default variant", async (t) => {
  const { evaluate } = await rig(t, { k: onOff(undefined, { metadata: { holder: "nobody" } }) });
  assert.deepEqual(await evaluate("k"), {
    status: 200, value: true, key: "k", reason: "STATIC", variant: "on", metadata: { holder: "nobody" },
  });
});

test("targeting sees the context", async (t) => {
  const { evaluate } = await rig(t, { k: onOff(forBeta) });
  assert.equal((await evaluate("k", { targetingKey: "u", tier: "beta" })).value, false);
  assert.equal((await evaluate("k", { targetingKey: "u" })).value, true);
});

test("a cut serves the fallback to all until its deadline", async (t) => {
  const { evaluate } = await rig(t, { bare: onOff(cut(nowSeconds() + 60)), targeted: onOff(cut(nowSeconds() + 60, forBeta)) });
  for (const key of ["bare", "targeted"]) {
    const { value, variant, reason } = await evaluate(key, { tier: "beta" });
    assert.deepEqual({ value, variant, reason }, { value: false, variant: "off", reason: "TARGETING_MATCH" });
    assert.equal((await evaluate(key)).value, false);
  }
});

test("after its deadline a cut serves the original", async (t) => {
  const { evaluate } = await rig(t, { bare: onOff(cut(nowSeconds() - 1)), targeted: onOff(cut(nowSeconds() - 1, forBeta)) });
  const { value, variant, reason } = await evaluate("bare");
  assert.deepEqual({ value, variant, reason }, { value: true, variant: "on", reason: "DEFAULT" });
  assert.equal((await evaluate("targeted", { tier: "beta" })).value, false);
  assert.equal((await evaluate("targeted")).value, true);
});

test("a cut ends while the server runs and nobody writes", async (t) => {
  const { evaluate } = await rig(t, { k: onOff(cut(nowSeconds() + 2)) });
  assert.equal((await evaluate("k")).value, false);
  await eventually(async () => assert.equal((await evaluate("k")).value, true));
});

test("an unknown flag is 404, a disabled one leaves the value to the code", async (t) => {
  const { evaluate } = await rig(t, { k: onOff(undefined, { state: "DISABLED" }) });
  const missing = await evaluate("none");
  assert.deepEqual([missing.status, missing.key, missing.errorCode], [404, "none", "FLAG_NOT_FOUND"]);
  const disabled = await evaluate("k");
  assert.deepEqual([disabled.status, disabled.reason, "value" in disabled], [200, "DISABLED", false]);
});

test("bad bodies are 400", async (t) => {
  const { post } = await rig(t, { k: onOff() });
  for (const body of ["", "{", "[]x", "null", '{"context": []}', '{"context": "u"}']) {
    const { status, errorCode } = await post("k", body);
    assert.deepEqual([body, status, errorCode], [body, 400, "INVALID_CONTEXT"]);
  }
});

test("a file replaced by rename is taken up, again and again", async (t) => {
  const { evaluate, replace } = await rig(t, { k: onOff() });
  for (const variant of ["off", "on", "off"]) {
    await replace(JSON.stringify({ flags: { k: onOff(undefined, { defaultVariant: variant }) } }));
    await eventually(async () => assert.equal((await evaluate("k")).variant, variant));
  }
});

test("a file written in place is taken up", async (t) => {
  const { evaluate, path } = await rig(t, { k: onOff() });
  await writeFile(path, JSON.stringify({ flags: { k: onOff(undefined, { defaultVariant: "off" }) } }));
  await eventually(async () => assert.equal((await evaluate("k")).variant, "off"));
});

test("a bad document or a missing file leaves the last good one in force", async (t) => {
  const { evaluate, replace, path, logged } = await rig(t, { k: onOff() });
  await replace("{");
  await eventually(() => assert.match(logged.at(-1), /the last good one stays/));
  assert.equal((await evaluate("k")).value, true);
  await replace(JSON.stringify({ flags: { k: onOff(undefined, { defaultVariant: "nonsense" }) } }));
  await eventually(() => assert.match(logged.at(-1), /nonsense/));
  assert.equal((await evaluate("k")).value, true);
  await rm(path);
  assert.equal((await evaluate("k")).value, true);
  await replace(JSON.stringify({ flags: { k: onOff(undefined, { defaultVariant: "off" }) } }));
  await eventually(async () => assert.equal((await evaluate("k")).variant, "off"));
});

test("it is healthy, and offers nothing but OFREP", async (t) => {
  const { base } = await rig(t, { k: onOff() });
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  assert.equal((await fetch(`${base}/flags`)).status, 404);
  assert.equal((await fetch(`${base}/ofrep/v1/evaluate/flags/k`)).status, 405);
});

test("of several sources the later wins, flag by flag, and what goes out of it comes from the earlier", async (t) => {
  const { path, folder } = await rig(t, { a: onOff(), b: onOff() });
  const later = join(folder, "later.json");
  const write = (flags) => writeFile(later, JSON.stringify({ flags }));
  await write({ a: onOff(cut(nowSeconds() + 60)) });
  const server = await serve({ flags: [path, later], listen: "127.0.0.1:0", log() {} });
  t.after(() => server.close());
  const served = async (key) => {
    const url = `http://${server.listen}/ofrep/v1/evaluate/flags/${key}`;
    return (await (await fetch(url, { method: "POST", body: "{}" })).json()).variant;
  };
  assert.deepEqual([await served("a"), await served("b")], ["off", "on"]);
  await write({});
  await eventually(async () => assert.equal(await served("a"), "on"));
});
