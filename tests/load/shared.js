// shared.js owns what both load scripts need: one reservation, asked for at a
// random moment. k6 starts iterations at equal distances, which a lock would
// never notice; a random delay much longer than that distance makes arrivals
// as irregular as those of independent users. Nor do users share connections:
// with noConnectionReuse the shop's goroutines follow its requests in flight.

import http from "k6/http";
import { sleep } from "k6";

const SPREAD_SECONDS = 2;
const ARTICLES = 40;
const USERS = 500;

// Virtual users enough for `rate` per second, each busy for the spread and an answer.
export function virtualUsers(rate) {
  return Math.ceil(rate * (SPREAD_SECONDS / 2 + 1.5)) + 5;
}

export function reserveOnce(target) {
  sleep(Math.random() * SPREAD_SECONDS);
  const sku = `article-${Math.floor(Math.random() * ARTICLES)}`;
  const user = `user-${Math.floor(Math.random() * USERS)}`;
  // A 503 is the shop's honest answer, not a failure of the load.
  http.get(`${target}/reserve?sku=${sku}&user=${user}`, { tags: { name: "reserve" }, timeout: "20s" });
}
