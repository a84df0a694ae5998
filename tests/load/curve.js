// curve.js drives /reserve along a daily curve: quiet at four in the morning,
// busy from two in the afternoon to eight in the evening, no two days quite
// alike. It has no thresholds: judging is not its business.
//
//   TARGETS          URL=SHARE,...; SHARE scales the curve  (http://127.0.0.1:8080=1)
//   CALM, PEAK       reservations a second at the lowest and highest hour  (4, 28)
//   DAY_SECONDS      real seconds that make one day  (1440)
//   DAYS             how many days  (3)
//   WARMUP_SECONDS   steady load before the first midnight  (0)
//   TAIL_SECONDS     steady load after the last midnight  (0)
//
// Run with K6_NO_USAGE_REPORT=true.

import { reserveOnce, virtualUsers } from "./shared.js";

const number = (name, otherwise) => Number(__ENV[name] || otherwise);
const calm = number("CALM", 4);
const peak = number("PEAK", 28);
const daySeconds = number("DAY_SECONDS", 1440);
const days = number("DAYS", 3);
const targets = (__ENV.TARGETS || "http://127.0.0.1:8080=1").split(",").map((entry) => {
  const [url, share] = entry.split("=");
  return { url, share: Number(share || 1) };
});

// Hour of the day -> how busy, 0 to 1; smooth between the knots.
const KNOTS = [[0, 0.2], [4, 0], [6, 0.12], [9, 0.6], [11, 0.8], [14, 1], [20, 1], [22, 0.55], [24, 0.2]];
const DAY_FACTORS = [1, 0.95, 1.02, 0.97, 1.04, 0.93, 1.01];
const STEPS_A_DAY = 48;

function busyness(hour) {
  const right = KNOTS.findIndex(([h]) => h >= hour) || 1;
  const [h0, b0] = KNOTS[right - 1];
  const [h1, b1] = KNOTS[right];
  const t = (1 - Math.cos((Math.PI * (hour - h0)) / (h1 - h0))) / 2;
  return b0 + (b1 - b0) * t;
}

// Reservations a minute, as k6 wants whole numbers.
function perMinute(step, share) {
  const day = Math.min(Math.floor(step / STEPS_A_DAY), days - 1);
  const hour = ((step - day * STEPS_A_DAY) * 24) / STEPS_A_DAY;
  const factor = DAY_FACTORS[day % DAY_FACTORS.length];
  return Math.max(1, Math.round(60 * share * (calm + (peak * factor - calm) * busyness(hour))));
}

function stages(share) {
  const list = [];
  const hold = (seconds, step) => seconds > 0 && list.push({ duration: `${seconds}s`, target: perMinute(step, share) });
  hold(number("WARMUP_SECONDS", 0), 0);
  for (let step = 1; step <= days * STEPS_A_DAY; step++) {
    list.push({ duration: `${Math.round((1000 * daySeconds) / STEPS_A_DAY)}ms`, target: perMinute(step, share) });
  }
  hold(number("TAIL_SECONDS", 0), days * STEPS_A_DAY);
  return list;
}

const scenarios = {};
targets.forEach(({ share }, index) => {
  scenarios[`target${index}`] = {
    executor: "ramping-arrival-rate",
    startRate: perMinute(0, share),
    timeUnit: "1m",
    stages: stages(share),
    preAllocatedVUs: virtualUsers(peak * share),
    maxVUs: 2 * virtualUsers(peak * share),
    env: { TARGET_INDEX: String(index) },
  };
});

export const options = { discardResponseBodies: true, noConnectionReuse: true, scenarios };

export default function () {
  reserveOnce(targets[Number(__ENV.TARGET_INDEX)].url);
}
