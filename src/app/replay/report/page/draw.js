/* Drawing a service: its decisions, its signals with bands, its score, on one time axis. */
const LANE = 20, PANEL = 78, SCORE = 62, AXIS = 22, PAD = 12, HEAD = 15;
let colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['card', 'ink', 'soft', 'line', 'value', 'band', 'limit', 'alarm', 'score', 'warning', 'unknown', 'incident', 'incident-fill',
    'fuse', 'degrade', 'optimize', 'refused', 'held', 'accent']) colours[name] = style.getPropertyValue('--' + name).trim();
  colours.hatch = null;
}

function levelColour(decision) {
  if (!decision.acted) return colours.refused;
  return colours[decision.level.toLowerCase()] || colours.accent;
}

/* A canvas at the screen's own resolution; the context draws in CSS pixels. */
function surface(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = height + 'px';
  const c = canvas.getContext('2d');
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  c.font = '11px system-ui, sans-serif';
  c.textBaseline = 'middle';
  return c;
}

/* Where the parts of a service stand, from the top. */
function layout(service) {
  const lanes = Math.max(service.tiers.length, 1) * LANE + 4;
  const panels = service.signals.map((_, i) => lanes + i * PANEL);
  const score = lanes + service.signals.length * PANEL;
  return { lanes, panels, score, axis: score + SCORE, height: score + SCORE + AXIS };
}

function scale(view, width) {
  const left = PAD, right = width - PAD;
  return {
    left, right,
    x: (time) => left + (time - view.from) / (view.to - view.from) * (right - left),
    time: (x) => view.from + (x - left) / (right - left) * (view.to - view.from),
  };
}

function drawService(canvas, service, view, marks) {
  const width = marks.paper || canvas.clientWidth || canvas.parentElement.clientWidth;
  if (!width) return;
  const place = layout(service), s = scale(view, width);
  const c = surface(canvas, width, place.height);
  c.save();
  c.beginPath(); c.rect(s.left, 0, s.right - s.left, place.height); c.clip();
  drawIncidents(c, service, s, place);
  drawHeld(c, service, s, place);
  drawLanes(c, service, s, marks);
  service.signals.forEach((signal, i) => drawSignal(c, signal, s, view, place.panels[i]));
  drawScore(c, service, s, view, place.score);
  c.restore();
  drawAxis(c, s, view, place.axis, place.lanes);
  if (marks.cross !== null && marks.cross >= view.from && marks.cross <= view.to) {
    c.strokeStyle = colours.soft; c.lineWidth = 1; c.setLineDash([3, 3]);
    line(c, s.x(marks.cross), 0, s.x(marks.cross), place.axis);
    c.setLineDash([]);
  }
  if (marks.drag && marks.drag.canvas === canvas) {
    c.fillStyle = colours.accent; c.globalAlpha = 0.16;
    const [a, b] = [s.x(marks.drag.from), s.x(marks.drag.to)];
    c.fillRect(Math.min(a, b), 0, Math.abs(b - a), place.axis);
    c.globalAlpha = 1;
  }
}

function line(c, x1, y1, x2, y2) { c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); }

function drawIncidents(c, service, s, place) {
  for (const incident of service.incidents) {
    const x = s.x(incident.from), w = Math.max(s.x(incident.to) - x, 2);
    if (x > s.right || x + w < s.left) continue;
    c.fillStyle = colours['incident-fill'];
    c.fillRect(x, 0, w, place.axis);
    c.fillStyle = colours.incident;
    c.fillRect(x, 0, w, 2);
  }
}

function drawHeld(c, service, s, place) {
  for (const d of service.decisions) {
    const x = s.x(d.from), w = Math.max(s.x(d.to) - x, 1);
    if (x > s.right || x + w < s.left) continue;
    c.fillStyle = colours.held;
    c.fillRect(x, place.lanes, w, place.axis - place.lanes);
  }
}

/* One lane a tier: filled while the flag is cut, outlined where it only would be. */
function drawLanes(c, service, s, marks) {
  service.tiers.forEach((tier, row) => {
    const y = row * LANE + 4;
    for (const d of service.decisions.filter((d) => d.tier === tier)) {
      const x = s.x(d.from), w = Math.max(s.x(d.to) - x, 3);
      if (x > s.right || x + w < s.left) continue;
      c.strokeStyle = c.fillStyle = levelColour(d);
      c.globalAlpha = 0.22; c.fillRect(x, y, w, 12); c.globalAlpha = 1;
      if (d.heldMinutes > 0) drawCuts(c, d, s, y);
      c.lineWidth = marks.chosen === d ? 2.5 : 1;
      c.strokeRect(x + 0.5, y + 0.5, Math.max(w - 1, 2), 11);
      if (falseAlarm(d)) { c.fillStyle = colours.ink; c.fillText('✕', x + w / 2 - 4, y + 6.5); }
    }
    label(c, tier, s.left + 3, y + 6, colours.ink);
  });
  if (!service.tiers.length) label(c, 'no decision', s.left + 3, 11, colours.soft);
}

function drawCuts(c, d, s, y) {
  d.steps.forEach((step, i) => {
    if (!['Acting', 'Holding', 'Latched', 'Restoring'].includes(step.phase)) return;
    const end = i + 1 < d.steps.length ? d.steps[i + 1].time : d.to;
    const x = s.x(step.time);
    c.fillRect(x, y, Math.max(s.x(end) - x, 1), 12);
  });
}

/* Text on a patch of the card, so that it can be read on whatever is below. */
function label(c, text, x, y, colour, align) {
  c.textAlign = align || 'left';
  const w = c.measureText(text).width;
  c.globalAlpha = 0.8; c.fillStyle = colours.card;
  c.fillRect(align === 'right' ? x - w - 2 : x - 2, y - 7, w + 4, 14);
  c.globalAlpha = 1; c.fillStyle = colour;
  c.fillText(text, x, y);
  c.textAlign = 'left';
}

/* The columns of a signal in view: extremes, band and flags for each pixel or bucket. */
function columnsOf(signal, s, view) {
  const a = arrays(signal), out = [];
  const first = Math.max(0, Math.floor((view.from - DATA.start) / DATA.width) - 1);
  const last = Math.min(a.min.length - 1, Math.ceil((view.to - DATA.start) / DATA.width) + 1);
  for (let i = first; i <= last; i++) {
    const time = DATA.start + i * DATA.width;
    if (signal.close.some((d) => time >= d.start && time <= d.end && closeUp(s, d))) continue;
    push(out, s.x(time), a.min[i], a.max[i], a.lower[i], a.upper[i], a.flags[i]);
  }
  for (const d of signal.close) {
    if (d.end < view.from || d.start > view.to || !closeUp(s, d)) continue;
    for (let i = 0; i < d.value.length; i++) {
      const time = d.start + i * d.step;
      if (time < view.from - d.step || time > view.to + d.step) continue;
      const flags = a.flags[Math.floor((time - DATA.start) / DATA.width)] || 0;
      push(out, s.x(time), d.value[i], d.value[i], d.lower[i], d.upper[i], flags);
    }
  }
  return out.sort((p, q) => p.x - q.x);
}

/* Whether full readings say more than buckets: there is more than a pixel for each of them. */
function closeUp(s, detail) { return DATA.width > detail.step && s.x(detail.start + DATA.width) - s.x(detail.start) > 2; }

function push(out, x, min, max, lower, upper, flags) {
  const last = out[out.length - 1];
  if (last && Math.abs(last.x - x) < 0.8) {
    last.min = least(last.min, min); last.max = most(last.max, max);
    last.lower = least(last.lower, lower); last.upper = most(last.upper, upper);
    last.flags |= flags;
    return;
  }
  out.push({ x, min, max, lower, upper, flags });
}
function least(a, b) { return Number.isNaN(a) ? b : b < a ? b : a; }
function most(a, b) { return Number.isNaN(a) ? b : b > a ? b : a; }

function drawSignal(c, signal, s, view, top) {
  const columns = columnsOf(signal, s, view);
  const y0 = top + HEAD, y1 = top + PANEL - 6;
  let low = Infinity, high = -Infinity;
  for (const p of columns) {
    if (p.min < low) low = p.min;
    if (p.max > high) high = p.max;
  }
  const seen = high >= low;
  const band = (v) => { if (v < low) low = v; if (v > high) high = v; };
  // The band belongs to the picture unless it would flatten the values to a line.
  const size = seen ? Math.max(high - low, Math.abs(high) * 0.2, 1e-12) : Infinity;
  for (const p of columns) {
    if (p.upper < high + 4 * size) band(p.upper);
    if (p.lower > low - 4 * size) band(p.lower);
  }
  if (signal.limit !== null && signal.limit < high + 2 * size && signal.limit > low - 2 * size) band(signal.limit);
  if (!(high >= low)) { low = 0; high = 1; }
  if (high === low) { high += Math.abs(high) * 0.1 || 1; low -= Math.abs(low) * 0.1; }
  const y = (v) => Math.min(y1 + 1, Math.max(y0 - 1, y1 - (v - low) / (high - low) * (y1 - y0)));
  c.strokeStyle = colours.line; c.lineWidth = 1; line(c, s.left, top + 0.5, s.right, top + 0.5);
  const gap = Math.max(3, 2.5 * DATA.width / (view.to - view.from) * (s.right - s.left));
  drawUnknown(c, columns, y0, y1, gap);
  drawBand(c, columns, y, gap);
  if (signal.limit !== null) {
    c.strokeStyle = colours.limit; c.setLineDash([6, 3]); line(c, s.left, y(signal.limit), s.right, y(signal.limit)); c.setLineDash([]);
  }
  drawValues(c, columns, y, gap);
  drawAlarms(c, columns, y, y1, gap);
  label(c, signal.name + (signal.unit ? ' (' + signal.unit + ')' : '') + (seen ? '' : ': nothing known here'), s.left + 3, top + 8, colours.ink);
  label(c, number(high), s.right - 3, y0 + 4, colours.soft, 'right');
  label(c, number(low), s.right - 3, y1 - 4, colours.soft, 'right');
}

function drawBand(c, columns, y, gap) {
  c.fillStyle = colours.band;
  for (let i = 0; i < columns.length; i++) {
    const run = [];
    while (i < columns.length && !Number.isNaN(columns[i].upper) && (!run.length || columns[i].x - run[run.length - 1].x < gap * 3)) run.push(columns[i++]);
    if (run.length) i--;
    if (run.length < 2) continue;
    c.beginPath();
    run.forEach((p, k) => (k ? c.lineTo(p.x, y(p.upper)) : c.moveTo(p.x, y(p.upper))));
    for (let k = run.length - 1; k >= 0; k--) c.lineTo(run[k].x, y(run[k].lower));
    c.closePath(); c.fill();
  }
}

function drawValues(c, columns, y, gap) {
  c.strokeStyle = colours.value; c.lineWidth = 1.2; c.lineJoin = 'round';
  c.beginPath();
  let last = null;
  for (const p of columns) {
    if (Number.isNaN(p.max)) { last = null; continue; }
    const [a, b] = [y(p.max), y(p.min)];
    if (last !== null && p.x - last < gap) c.lineTo(p.x, a); else { c.moveTo(p.x, a); c.lineTo(p.x + 0.5, a); }
    if (b - a > 0.5) c.lineTo(p.x, b);
    last = p.x;
  }
  c.stroke();
}

function drawAlarms(c, columns, y, y1, gap) {
  c.fillStyle = colours.alarm;
  for (let i = 0; i < columns.length; i++) {
    const p = columns[i];
    if (!(p.flags & ALARM)) continue;
    const next = columns[i + 1];
    c.fillRect(p.x - 1, y1 + 1, next && next.flags & ALARM && next.x - p.x < gap ? next.x - p.x + 1 : 2.5, 4);
    if (!Number.isNaN(p.max)) c.fillRect(p.x - 1, y(p.max) - 1, 2.5, Math.max(y(p.min) - y(p.max), 0) + 2.5);
  }
}

function drawUnknown(c, columns, y0, y1, gap) {
  if (!columns.some((p) => p.flags & UNKNOWN)) return;
  if (!colours.hatch) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = 6;
    const t = tile.getContext('2d');
    t.strokeStyle = colours.unknown; t.lineWidth = 1.2;
    t.beginPath(); t.moveTo(0, 6); t.lineTo(6, 0); t.stroke();
    colours.hatch = c.createPattern(tile, 'repeat');
  }
  c.fillStyle = colours.hatch;
  columns.forEach((p, i) => {
    if (!(p.flags & UNKNOWN)) return;
    const next = columns[i + 1], w = next ? Math.min(next.x - p.x, gap) : 2;
    c.fillRect(p.x, y0, Math.max(w, 1.5), y1 - y0);
  });
}

function drawScore(c, service, s, view, top) {
  const all = scores(service), y0 = top + HEAD, y1 = top + SCORE - 6;
  const y = (v) => y1 - v / 100 * (y1 - y0);
  c.strokeStyle = colours.line; c.lineWidth = 1; line(c, s.left, top + 0.5, s.right, top + 0.5);
  c.setLineDash([2, 3]);
  c.strokeStyle = colours.warning; line(c, s.left, y(service.warning), s.right, y(service.warning));
  c.strokeStyle = colours.soft; line(c, s.left, y(service.passing), s.right, y(service.passing));
  c.setLineDash([]);
  const first = Math.max(0, Math.floor((view.from - DATA.start) / DATA.width) - 1);
  const last = Math.min(all.length - 1, Math.ceil((view.to - DATA.start) / DATA.width) + 1);
  const columns = [];
  for (let i = first; i <= last; i++) push(columns, s.x(DATA.start + i * DATA.width), all[i], all[i], NaN, NaN, 0);
  c.beginPath(); c.strokeStyle = colours.score; c.lineWidth = 1.4;
  let open = false;
  for (const p of columns) {
    if (Number.isNaN(p.min)) { open = false; continue; }
    if (open) c.lineTo(p.x, y(p.min)); else c.moveTo(p.x, y(p.min));
    open = true;
  }
  c.stroke();
  label(c, 'score' + (columns.some((p) => !Number.isNaN(p.min)) ? '' : ': not known here'), s.left + 3, top + 8, colours.ink);
  label(c, String(service.warning), s.right - 3, y(service.warning), colours.warning, 'right');
}

/* Round distances for the marks of the axis, in minutes. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 7200, 10080, 20160];
function drawAxis(c, s, view, y, top) {
  const room = Math.max(2, Math.floor((s.right - s.left) / 92));
  const wanted = (view.to - view.from) / room;
  const step = (STEPS.find((m) => m * 60000 >= wanted) || 43200) * 60000;
  c.fillStyle = colours.soft; c.textAlign = 'center'; c.lineWidth = 1;
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
    const x = s.x(time);
    c.strokeStyle = colours.line; c.globalAlpha = 0.7; line(c, x, top, x, y + 3); c.globalAlpha = 1;
    const text = step >= 86400000 || time % 86400000 === 0 ? DAYS[new Date(time).getUTCDay()] + ' ' + day(time).slice(5) : clock(time);
    if (x > s.left + 26 && x < s.right - 26) c.fillText(text, x, y + 12);
  }
  c.textAlign = 'left';
}

/* The whole span with every decision, and the part in view. */
function drawMap(canvas, view, shown, chosen) {
  const width = canvas.clientWidth, height = 44;
  if (!width) return;
  const c = surface(canvas, width, height), s = scale({ from: FROM, to: TO }, width);
  for (const incident of (OUT.accuracy ? OUT.accuracy.incidents : [])) {
    const x = s.x(Date.parse(incident.start));
    c.fillStyle = colours['incident-fill']; c.fillRect(x, 0, Math.max(s.x(Date.parse(incident.end)) - x, 2), height);
  }
  const rows = ['Fuse', 'Degrade', 'Optimize'];
  for (const d of shown) {
    const x = s.x(d.from), y = 4 + Math.max(rows.indexOf(d.level), 0) * 9;
    c.fillStyle = levelColour(d); c.globalAlpha = d === chosen ? 1 : 0.65;
    c.fillRect(x, y, Math.max(s.x(d.to) - x, 2), 7);
  }
  c.globalAlpha = 1;
  drawAxis(c, s, { from: FROM, to: TO }, 25, 30);
  const [a, b] = [s.x(view.from), s.x(view.to)];
  c.strokeStyle = colours.accent; c.lineWidth = 1.5; c.strokeRect(a, 1, Math.max(b - a, 3), height - 2);
  c.fillStyle = colours.accent; c.globalAlpha = 0.08; c.fillRect(a, 1, b - a, height - 2); c.globalAlpha = 1;
}
