// constant.js drives /reserve of one shop at one steady rate.
//
//   TARGET    base URL of the shop       (http://127.0.0.1:8080)
//   RATE      reservations a second, <= 50  (20)
//   DURATION  how long                   (60s)
//
// Run with K6_NO_USAGE_REPORT=true. It has no thresholds: judging is not its business.

import { reserveOnce, virtualUsers } from "./shared.js";

const target = __ENV.TARGET || "http://127.0.0.1:8080";
const rate = Number(__ENV.RATE || 20);
if (!(rate > 0 && rate <= 50)) throw new Error("RATE must be above 0 and at most 50");

export const options = {
  discardResponseBodies: true,
  noConnectionReuse: true,
  scenarios: {
    constant: {
      executor: "constant-arrival-rate",
      rate: Math.round(rate * 60),
      timeUnit: "1m",
      duration: __ENV.DURATION || "60s",
      preAllocatedVUs: virtualUsers(rate),
      maxVUs: 2 * virtualUsers(rate),
    },
  },
};

export default function () {
  reserveOnce(target);
}
