// object.test.mjs owns what the flag server promises of a FeatureFlag object: changes are taken
// up by watching, and a watch that ends, fails or is told that its version is too old begins
// again. The API server is a small fake; the real one is in the cluster suite.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "./server.mjs";

const PATH = "/apis/core.openfeature.dev/v1beta1/namespaces/shop/featureflags";

// An API server that holds one FeatureFlag, or none.
class Api {
  version = 1;
  variant = "on";
  exists = true;
  refusing = false;
  lists = 0;
  tokens = new Set();
  #watches = new Set();

  async listen() {
    this.server = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  object() {
    const k = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: this.variant };
    return { metadata: { name: "flags", resourceVersion: String(this.version) }, spec: { flagSpec: { flags: { k } } } };
  }

  send(type, object = this.object()) {
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type, object })}\n`);
  }

  change(variant) {
    this.version += 1;
    this.variant = variant;
    this.exists = true;
  }

  end(how) {
    for (const watch of this.#watches) watch[how]();
    this.#watches.clear();
  }

  #answer(request, response) {
    const url = new URL(request.url, "http://api");
    assert.equal(url.pathname, PATH);
    assert.equal(url.searchParams.get("fieldSelector"), "metadata.name=flags");
    this.tokens.add(request.headers.authorization);
    if (this.refusing) return response.writeHead(503).end();
    if (url.searchParams.get("watch") === "true") {
      response.writeHead(200).flushHeaders();
      this.#watches.add(response);
      // What changed between list and watch, as the real server tells it.
      if (Number(url.searchParams.get("resourceVersion")) < this.version) this.send("MODIFIED");
      return;
    }
    this.lists += 1;
    const items = this.exists ? [this.object()] : [];
    response.end(JSON.stringify({ metadata: { resourceVersion: String(this.version) }, items }));
  }
}

// A flag server that watches the fake.
async function rig(t, api = new Api()) {
  const folder = await mkdtemp(join(tmpdir(), "ofrep-"));
  const kubeconfig = join(folder, "kubeconfig");
  const named = { name: "n", cluster: { server: await api.listen() }, user: { token: "t0" }, context: { cluster: "n", user: "n" } };
  const config = { "current-context": "n", clusters: [named], users: [named], contexts: [named] };
  await writeFile(kubeconfig, JSON.stringify(config));
  const logged = [];
  const settings = { flags: "core.openfeature.dev/shop/flags", kubeconfig, listen: "127.0.0.1:0" };
  const server = await serve({ ...settings, log: (line) => logged.push(line) });
  t.after(async () => {
    server.close();
    api.server.close();
    api.server.closeAllConnections();
    await rm(folder, { recursive: true });
  });
  const serves = (variant) =>
    eventually(async () => {
      const url = `http://${server.listen}/ofrep/v1/evaluate/flags/k`;
      const answer = await (await fetch(url, { method: "POST", body: '{"context":{}}' })).json();
      assert.equal(answer.variant, variant, JSON.stringify(logged));
    });
  return { api, serves, logged };
}

async function eventually(check) {
  for (const deadline = Date.now() + 10_000; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test("the object is served with the token of the kubeconfig, and every change of it", async (t) => {
  const { api, serves } = await rig(t);
  await serves("on");
  for (const variant of ["off", "on"]) {
    api.change(variant);
    api.send("MODIFIED");
    await serves(variant);
  }
  assert.deepEqual([...api.tokens], ["Bearer t0"]);
  assert.equal(api.lists, 1);
});

test("a watch that ended in peace goes on from where it was", async (t) => {
  const { api, serves } = await rig(t);
  await serves("on");
  api.send("BOOKMARK", { metadata: { resourceVersion: "1" } });
  api.change("off");
  api.end("end");
  await serves("off");
  assert.equal(api.lists, 1);
});

test("after an outage it lists again", async (t) => {
  const { api, serves, logged } = await rig(t);
  api.refusing = true;
  api.end("destroy");
  await eventually(() => assert.match(logged.join("\n"), /cannot be watched/));
  api.change("off");
  api.refusing = false;
  await serves("off");
  assert.ok(api.lists > 1);
});

test("a version that is too old leads to a new list", async (t) => {
  const { api, serves } = await rig(t);
  api.variant = "off";
  await eventually(() => {
    api.send("ERROR", { code: 410, message: "too old resource version" });
    assert.ok(api.lists > 1);
  });
  await serves("off");
});

test("a deleted object leaves its last document, a new one is taken up", async (t) => {
  const { api, serves, logged } = await rig(t);
  await serves("on");
  api.exists = false;
  api.send("DELETED");
  await eventually(() => assert.match(logged.at(-1), /deleted/));
  await serves("on");
  api.change("off");
  api.send("ADDED");
  await serves("off");
});
