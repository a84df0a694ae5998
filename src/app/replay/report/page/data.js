'use strict';
/* What was embedded, decoded when it is first needed; and words for times, spans and numbers. */
const DATA = JSON.parse(document.getElementById('data').textContent);
const OUT = DATA.outcome;
const FROM = Date.parse(OUT.from), TO = Date.parse(OUT.to);
const ALARM = 1, UNKNOWN = 2;

const decisions = OUT.decisions.map((told, index) => ({
  ...told, index,
  from: Date.parse(told.started),
  to: told.ended ? Date.parse(told.ended) : TO,
  steps: told.transitions.map((step) => ({ ...step, time: Date.parse(step.at) })),
  text: [told.namespace + '/' + told.service, told.policy, told.tier, told.level, told.mode, told.outcome || told.phase,
    did(told), told.flags.join(' '), falseAlarm(told) ? 'false alarm' : (told.incidents || []).join(' '),
    told.transitions.map((step) => step.phase + ' ' + step.reasons.join(' ')).join(' ')].join(' ').toLowerCase(),
}));

const services = DATA.services.map((service) => {
  const mine = decisions.filter((d) => d.policy === service.policy && d.namespace === service.namespace && d.service === service.service);
  const told = OUT.services.find((t) => t.policy === service.policy && t.namespace === service.namespace && t.service === service.service) || {};
  return { ...service, name: service.namespace + '/' + service.service, decisions: mine, told,
    tiers: [...new Set(mine.map((d) => d.tier))],
    incidents: incidentsOf(service.namespace, service.service) };
});
services.sort((a, b) => b.decisions.length - a.decisions.length
  || (a.told.lowestScore ?? 101) - (b.told.lowestScore ?? 101) || a.name.localeCompare(b.name));

function incidentsOf(namespace, name) {
  const all = OUT.accuracy ? OUT.accuracy.incidents : [];
  return all.filter((i) => !i.service || i.service === name || i.service === namespace + '/' + name || i.service === namespace + '/*')
    .map((i) => ({ ...i, from: Date.parse(i.start), to: Date.parse(i.end) }));
}

function did(told) { return told.heldMinutes > 0 ? 'cut' : told.acted ? 'would cut' : 'refused'; }
function falseAlarm(told) { return told.incidents !== undefined && told.incidents.length === 0; }

function bytes(text) {
  const raw = atob(text), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}
function floats(text) { return new Float32Array(bytes(text).buffer); }

/* A signal's arrays. */
function arrays(signal) {
  if (!signal.ready) {
    signal.ready = { min: floats(signal.min), max: floats(signal.max), lower: floats(signal.lower), upper: floats(signal.upper), flags: bytes(signal.flags) };
    signal.close = signal.details.map((d) => ({ start: d.start, step: d.step, value: floats(d.value), lower: floats(d.lower), upper: floats(d.upper) }));
    signal.close.forEach((d) => { d.end = d.start + d.step * (d.value.length - 1); });
  }
  return signal.ready;
}
function scores(service) {
  if (!service.scoreReady) service.scoreReady = floats(service.score);
  return service.scoreReady;
}

/* What a signal said at a time: from the full readings where there are any. */
function at(signal, time) {
  const coarse = arrays(signal);
  const close = signal.close.find((d) => time >= d.start - d.step / 2 && time <= d.end + d.step / 2);
  const bucket = Math.floor((time - DATA.start) / DATA.width);
  const flags = coarse.flags[bucket] || 0;
  if (close) {
    const i = Math.round((time - close.start) / close.step);
    return { min: close.value[i], max: close.value[i], lower: close.lower[i], upper: close.upper[i], flags, time: close.start + i * close.step };
  }
  return { min: coarse.min[bucket], max: coarse.max[bucket], lower: coarse.lower[bucket], upper: coarse.upper[bucket], flags, time: DATA.start + bucket * DATA.width };
}

function number(x) {
  if (x === undefined || x === null || Number.isNaN(x)) return '–';
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e9 || size < 1e-4) return x.toExponential(2);
  if (size >= 1e6) return trim((x / 1e6).toPrecision(3)) + ' M';
  if (size >= 1e4) return trim((x / 1e3).toPrecision(3)) + ' k';
  return trim(x.toPrecision(4));
}
function trim(text) { return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text; }
function two(n) { return String(n).padStart(2, '0'); }
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
function clock(time, seconds) {
  const d = new Date(time);
  return two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + (seconds ? ':' + two(d.getUTCSeconds()) : '');
}
function day(time) { return new Date(time).toISOString().slice(0, 10); }
function stamp(time, seconds) { return DAYS[new Date(time).getUTCDay()] + ' ' + day(time) + ' ' + clock(time, seconds); }
function span(ms) {
  let rest = Math.max(0, Math.round(ms / 1000));
  const out = [];
  for (const [size, unit] of [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']]) {
    if (rest >= size) { out.push(Math.floor(rest / size) + unit); rest %= size; }
  }
  return out.slice(0, 2).join(' ') || '0s';
}
function minutes(m) { return span(m * 60000); }
function signed(m) { return m === null || m === undefined ? '–' : (m < 0 ? '−' : '+') + minutes(Math.abs(m)); }
function grouped(n) { return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ' '); }
function plural(n, one, many) { return grouped(n) + ' ' + (n === 1 ? one : many || one + 's'); }
