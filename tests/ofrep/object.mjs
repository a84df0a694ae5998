// object.mjs owns flags that stand in a FeatureFlag object of a Kubernetes API server, named as
// flagd names such a source: core.openfeature.dev/NAMESPACE/NAME. It lists and watches that
// one object with the credentials of KUBECONFIG, and connects again with a growing, jittered
// pause. A deleted object leaves its last document in force, as in flagd.

import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";

const SOURCE = /^core\.openfeature\.dev\/([^/]+)\/([^/]+)$/;
const FIRST_DOCUMENT_MILLISECONDS = 60_000;
const SILENCE_MILLISECONDS = 75_000; // above the length of a watch: a dead connection
const WATCH_SECONDS = 60;
const PAUSE_MILLISECONDS = { least: 100, most: 5_000 };
const MAX_BYTES = 8 << 20;

export const isObject = (source) => SOURCE.test(source);

export class FeatureFlag {
  #path;
  #kubeconfig;
  #flags;
  #log;
  #access;
  #request;
  #stopped = false;
  #pause = PAUSE_MILLISECONDS.least;

  constructor(source, kubeconfig, flags, log) {
    const [, namespace, name] = SOURCE.exec(source);
    const query = `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
    this.#path = `/apis/core.openfeature.dev/v1beta1/namespaces/${namespace}/featureflags?${query}`;
    this.#kubeconfig = kubeconfig;
    this.#flags = flags;
    this.#log = log;
  }

  // Begins to watch, and waits for a first document if there must be one.
  async start(must) {
    this.#access = await readAccess(this.#kubeconfig);
    this.#follow();
    for (const deadline = Date.now() + FIRST_DOCUMENT_MILLISECONDS; must && !this.#flags.usable(); await sleep(20)) {
      if (Date.now() < deadline) continue;
      this.stop();
      throw new Error(`no usable FeatureFlag at ${this.#path}`);
    }
  }

  stop() {
    this.#stopped = true;
    this.#request?.destroy();
  }

  async #follow() {
    while (!this.#stopped) {
      try {
        await this.#watchFrom(await this.#list());
      } catch (error) {
        if (this.#stopped) return;
        this.#log(`the API server cannot be watched, trying again: ${error.message}`);
        await sleep(this.#pause * (0.5 + Math.random()));
        this.#pause = Math.min(2 * this.#pause, PAUSE_MILLISECONDS.most);
      }
    }
  }

  // Takes up the object as it is, and returns the version of the list.
  async #list() {
    let text = "";
    for await (const chunk of await this.#get(this.#path)) {
      text += chunk;
      if (text.length > MAX_BYTES) throw new Error("the list is too large");
    }
    const list = JSON.parse(text);
    this.#pause = PAUSE_MILLISECONDS.least;
    for (const item of list.items) this.#take(item);
    return list.metadata.resourceVersion;
  }

  // Watches again and again from `version`; throws when a new list is needed.
  async #watchFrom(version) {
    while (!this.#stopped) {
      const query = `&watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${version}`;
      let rest = "";
      for await (const chunk of await this.#get(this.#path + query)) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop();
        if (rest.length > MAX_BYTES) throw new Error("an event is too large");
        for (const line of lines) version = this.#event(JSON.parse(line));
      }
    }
  }

  #event({ type, object }) {
    if (type === "ERROR") throw new Error(object.message ?? "the watch failed");
    if (type === "ADDED" || type === "MODIFIED") this.#take(object);
    if (type === "DELETED") this.#log("the FeatureFlag is deleted, its last document stays");
    return object.metadata.resourceVersion;
  }

  #take(object) {
    this.#flags.take(JSON.stringify(object.spec?.flagSpec ?? {}));
  }

  // The body of a good answer, as text in pieces.
  #get(path) {
    const { server, ...credentials } = this.#access;
    const url = new URL(path, server);
    return new Promise((resolve, reject) => {
      const client = url.protocol === "http:" ? http : https;
      this.#request = client.get(url, { ...credentials, timeout: SILENCE_MILLISECONDS, agent: false }, (response) => {
        response.setEncoding("utf8");
        if (response.statusCode === 200) return resolve(response);
        response.resume();
        reject(new Error(`status ${response.statusCode} for ${path}`));
      });
      this.#request.on("timeout", () => this.#request.destroy(new Error("the API server fell silent")));
      this.#request.on("error", reject);
    });
  }
}

// Where the API server is and what opens it. The kubeconfig must be JSON, which is YAML too;
// `kubectl config view --raw --minify --flatten -o json` makes it of any other.
async function readAccess(path) {
  if (!path) throw new Error("KUBECONFIG names no file");
  let config;
  try {
    config = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new Error(`${path} is no kubeconfig in JSON: ${error.message}`);
  }
  const named = (list, name) => list.find((entry) => entry.name === name);
  const { context } = named(config.contexts, config["current-context"]);
  const { cluster } = named(config.clusters, context.cluster);
  const { user } = named(config.users, context.user);
  const decoded = (text) => text && Buffer.from(text, "base64");
  return {
    server: cluster.server,
    ca: decoded(cluster["certificate-authority-data"]),
    cert: decoded(user["client-certificate-data"]),
    key: decoded(user["client-key-data"]),
    headers: user.token && { authorization: `Bearer ${user.token}` },
  };
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
