/* The page: lists, search, choosing, zooming, keyboard, print. */
const $ = (id) => document.getElementById(id);
const view = { from: FROM, to: TO };
const marks = { cross: null, drag: null, chosen: null, paper: 0 };
const PAPER = 720;
let shown = decisions, cards = [], drawing = false, printing = false;
const CLOSEST = 5 * 60000;

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === 'class') node.className = value; else if (name.startsWith('on')) node[name] = value;
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

/* --- summary and tables ------------------------------------------------------------------- */

function fact(value, what, more) { return el('div', { class: 'fact' }, el('b', {}, value), el('span', {}, what), more ? el('small', {}, more) : null); }

function fillSummary() {
  $('subtitle').textContent = [OUT.source, stamp(FROM) + ' to ' + stamp(TO) + ' UTC (' + span(TO - FROM) + ')',
    plural(OUT.readings, 'reading'), plural(services.length, 'service')].join(' · ');
  const cut = decisions.filter((d) => d.heldMinutes > 0), would = decisions.filter((d) => d.acted && d.heldMinutes === 0);
  const refused = decisions.filter((d) => !d.acted);
  const sum = (all, of) => all.reduce((total, d) => total + of(d), 0);
  const unknown = [...OUT.signals].sort((a, b) => b.unknownPercent - a.unknownPercent)[0];
  const facts = [fact(grouped(decisions.length), decisions.length === 1 ? 'decision' : 'decisions', plural(services.filter((s) => s.decisions.length).length, 'service'))];
  if (cut.length) facts.push(fact(minutes(sum(cut, (d) => d.heldMinutes)), 'features cut', plural(cut.length, 'decision')));
  if (would.length) facts.push(fact(minutes(sum(would, (d) => d.minutes)), 'would have been cut', plural(would.length, 'decision')));
  facts.push(fact(grouped(refused.length), 'refused to their end', OUT.budgets.map((b) => b.budget + ' ' + b.decisions).join(', ') || 'no budget was hit'));
  if (OUT.accuracy) {
    const [ours, theirs] = [OUT.accuracy.flyball, OUT.accuracy.threshold];
    facts.push(fact(number(ours.falseAlarmPercent) + ' %', 'false alarms', ours.falseAlarms + ' of ' + ours.alarms + '; threshold ' + number(theirs.falseAlarmPercent) + ' %'));
    facts.push(fact(ours.found + ' of ' + (ours.found + ours.missed), 'incidents found', 'threshold ' + theirs.found));
    facts.push(fact(signed(ours.medianDelayMinutes), 'median delay', 'threshold ' + signed(theirs.medianDelayMinutes)));
  }
  if (unknown) facts.push(fact(number(unknown.unknownPercent) + ' %', 'Unknown at worst', 'signal ' + unknown.signal));
  $('summary').replaceChildren(...facts);
  $('assumed').replaceChildren(el('ul', {}, ...OUT.assumes.map((text) => el('li', {}, text))));
}

function table(headings, rows) {
  const cell = (tag) => (text, i) => el(tag, headings[i].startsWith(' ') ? { class: 'n' } : {}, String(text));
  return el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, ...headings.map((h, i) => cell('th')(h.trim(), i)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map(cell('td')))))));
}

function fold(title, open, ...content) { return el('details', open ? { open: '' } : {}, el('summary', {}, title), ...content); }

function fillTables() {
  const folds = [fold('Tiers', true, table(['Policy', 'Tier', 'Level', 'Mode', ' Decisions', ' Refused', ' Services', ' Total', ' Longest', ' Held', ' SLA given up', ' Relapses', ...(OUT.accuracy ? [' False'] : [])],
    OUT.tiers.map((t) => [t.policy, t.tier, t.level, t.mode, t.decisions, t.blocked, t.services, minutes(t.minutes), minutes(t.longestMinutes), t.heldMinutes ? minutes(t.heldMinutes) : '–',
      t.slaMinutes === undefined ? '–' : number(t.slaMinutes) + ' min', t.relapses, ...(OUT.accuracy ? [t.falseAlarms] : [])])))];
  if (OUT.accuracy) {
    folds.push(fold('Incidents (' + OUT.accuracy.incidents.length + ')', OUT.accuracy.incidents.length <= 12, table(['Incident', 'Service', 'Start', ' Lasted', ' Flyball', ' Threshold', ' Lead'],
      OUT.accuracy.incidents.map((i) => [i.name, i.service || 'any', stamp(Date.parse(i.start)), span(Date.parse(i.end) - Date.parse(i.start)),
        i.flyballMinutes === null ? 'missed' : signed(i.flyballMinutes), i.thresholdMinutes === null ? 'missed' : signed(i.thresholdMinutes), signed(i.leadMinutes)])),
      thresholdsNote()));
  }
  folds.push(fold('What could be seen', OUT.signals.some((s) => s.unknownPercent > 5), table(['Policy', 'Signal', ' Services', ' Known', ' Unknown', ' Share', 'Why'],
    OUT.signals.map((s) => [s.policy, s.signal, s.services, grouped(s.fresh + s.idle), minutes(s.unknownMinutes), number(s.unknownPercent) + ' %',
      s.failure || Object.entries(s.why).map(([why, n]) => why + ' ' + grouped(n)).join(', ') || (s.fresh + s.idle ? '' : 'no service was ever seen with it')]))));
  if (OUT.refusals.length) {
    folds.push(fold('Refused at once, without a decision (' + OUT.refusals.length + ')', false, table(['From', ' For', 'Service', 'Tier', 'Why'],
      OUT.refusals.slice(0, 300).map((r) => [stamp(Date.parse(r.from)), span(Date.parse(r.to) - Date.parse(r.from)), r.namespace + '/' + r.service, r.tier, r.reasons.join('; ')]))));
  }
  $('tables').replaceChildren(...folds);
}

function thresholdsNote() {
  const hindsight = OUT.accuracy.thresholds.filter((t) => t.origin.includes('hindsight')).length;
  return el('p', { class: 'note' }, 'Delays are from the start of an incident; the lead is how much earlier than the static threshold. A static threshold is the declared limit ('
    + (OUT.accuracy.thresholds.length - hindsight) + ') or, without one, what fits the labels best in hindsight (' + hindsight + ').');
}

/* --- the list of decisions ------------------------------------------------------------------ */

function badge(d) {
  if (falseAlarm(d)) return el('span', { class: 'badge bad' }, 'false alarm');
  const word = d.acted ? d.outcome || d.phase : 'refused';
  const kind = d.outcome === 'Restored' || (d.incidents && d.incidents.length) ? 'good' : ['Expired', 'Ineffective', 'Superseded', 'Failed'].includes(d.outcome) ? 'bad' : 'mild';
  return el('span', { class: 'badge ' + kind }, word);
}

function fillList() {
  $('decisions').replaceChildren(...decisions.map((d) => {
    const button = el('button', { type: 'button', class: d.level, onclick: () => choose(d) },
      el('span', { class: 'when' }, stamp(d.from), badge(d)),
      el('span', { class: 'who' }, d.namespace + '/' + d.service), ' ',
      el('span', {}, d.tier + ', ' + did(d) + ', ' + minutes(d.minutes)));
    d.item = el('li', {}, button);
    d.button = button;
    return d.item;
  }));
  const words = [['', 'all'], ['cut', 'cut'], ['would', 'would cut'], ['refused', 'refused'],
    ...(OUT.accuracy ? [['false', 'false alarms'], ['right', 'in incidents']] : []),
    ...[...new Set(OUT.tiers.map((t) => t.tier))].map((tier) => ['tier:' + tier, 'tier ' + tier])];
  $('filter').replaceChildren(...words.map(([value, text]) => el('option', { value }, text)));
}

function passes(d, word, filter) {
  if (word && !word.split(/\s+/).every((part) => d.text.includes(part))) return false;
  switch (filter) {
    case '': return true;
    case 'cut': return d.heldMinutes > 0;
    case 'would': return d.acted && d.heldMinutes === 0;
    case 'refused': return !d.acted;
    case 'false': return falseAlarm(d);
    case 'right': return !falseAlarm(d);
    default: return filter === 'tier:' + d.tier;
  }
}

function search() {
  const word = $('search').value.trim().toLowerCase(), filter = $('filter').value;
  shown = decisions.filter((d) => passes(d, word, filter));
  const on = new Set(shown);
  for (const d of decisions) d.item.hidden = !on.has(d);
  $('count').textContent = shown.length === decisions.length ? grouped(decisions.length) : grouped(shown.length) + ' of ' + grouped(decisions.length);
  const narrowed = word || filter;
  let any = false;
  for (const card of cards) {
    const named = word && (card.service.name + ' ' + card.service.policy).toLowerCase().includes(word);
    card.node.hidden = Boolean(narrowed) && !named && !card.service.decisions.some((d) => on.has(d));
    any = any || !card.node.hidden;
  }
  $('none').hidden = any || !cards.length;
  redraw();
}

/* --- choosing a decision --------------------------------------------------------------------- */

function choose(d, stay) {
  if (marks.chosen) { marks.chosen.button.removeAttribute('aria-current'); cardOf(marks.chosen)?.node.classList.remove('chosen'); }
  marks.chosen = d;
  history.replaceState(null, '', d ? '#' + d.name : location.pathname + location.search);
  if (!d) { $('panel').hidden = true; return redraw(); }
  d.button.setAttribute('aria-current', 'true');
  d.button.scrollIntoView({ block: 'nearest' });
  const card = cardOf(d);
  if (card) {
    card.node.hidden = false;
    card.node.classList.add('chosen');
    if (!stay) card.node.scrollIntoView({ block: 'start' });
  }
  if (!stay) {
    const pad = Math.max(30 * 60000, (d.to - d.from) * 0.6);
    look(d.from - pad, d.to + pad);
  }
  fillPanel(d);
  redraw();
}

function cardOf(d) { return cards.find((card) => card.service.decisions.includes(d)); }

function reason(text) {
  const cut = text.indexOf(': ');
  return el('p', {}, el('span', { class: 'code' }, text.slice(0, cut)), text.slice(cut));
}

function fillPanel(d) {
  const facts = [d.level, 'mode ' + d.mode, did(d) + ' ' + d.flags.join(', '), 'lasted ' + minutes(d.minutes),
    d.heldMinutes > 0 ? 'held ' + minutes(d.heldMinutes) : '', d.relapses ? plural(d.relapses, 'relapse') : '',
    d.budgets.length ? 'refused by ' + d.budgets.join(', ') : '', d.incidents === undefined ? '' : falseAlarm(d) ? 'false alarm' : 'incident ' + d.incidents.join(', ')];
  $('panel').replaceChildren(
    el('header', {}, el('div', {}, el('h2', {}, d.namespace + '/' + d.service + ' · ' + d.tier), el('p', { class: 'meta' }, facts.filter(Boolean).join(' · ')), el('p', { class: 'meta' }, d.name + ', policy ' + d.policy)),
      el('button', { type: 'button', 'aria-label': 'Close', onclick: () => choose(null) }, '✕')),
    el('ol', {}, ...d.steps.map((step) => el('li', {}, el('b', {}, step.phase), el('time', {}, stamp(step.time, true)), ...step.reasons.map(reason)))));
  $('panel').hidden = false;
  $('panel').scrollTop = 0;
}

function next(by) {
  if (!shown.length) return;
  const here = shown.indexOf(marks.chosen);
  choose(shown[here < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(Math.max(here + by, 0), shown.length - 1)]);
}

/* --- time ------------------------------------------------------------------------------------ */

function look(from, to) {
  const length = Math.min(Math.max(to - from, CLOSEST), TO - FROM);
  const middle = (from + to) / 2;
  view.from = Math.min(Math.max(middle - length / 2, FROM), TO - length);
  view.to = view.from + length;
  redraw();
}
function zoom(factor, around) {
  const centre = around === undefined ? (view.from + view.to) / 2 : around;
  look(centre - (centre - view.from) * factor, centre + (view.to - centre) * factor);
}
const MOVES = {
  left: () => look(view.from - (view.to - view.from) / 3, view.to - (view.to - view.from) / 3),
  right: () => look(view.from + (view.to - view.from) / 3, view.to + (view.to - view.from) / 3),
  in: () => zoom(0.5), out: () => zoom(2), all: () => look(FROM, TO),
};

/* --- drawing --------------------------------------------------------------------------------- */

function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawNow(); });
}
function drawNow() {
  $('view').textContent = stamp(view.from) + ' to ' + (day(view.from) === day(view.to) ? clock(view.to) : stamp(view.to)) + ' UTC (' + span(view.to - view.from) + ')';
  drawMap($('map'), view, shown, marks.chosen);
  for (const card of cards) if ((card.near || printing) && !card.node.hidden) drawService(card.canvas, card.service, view, marks);
}

function fillCards() {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) { const card = cards.find((c) => c.canvas === entry.target); card.near = entry.isIntersecting; }
    redraw();
  }, { rootMargin: '300px' });
  cards = services.map((service) => {
    const canvas = el('canvas', { role: 'img', 'aria-label': service.name + ': ' + plural(service.decisions.length, 'decision') + ', signals ' + service.signals.map((s) => s.name).join(', ') });
    canvas.style.height = layout(service).height + 'px';
    const low = service.told.lowestScore;
    const about = ['policy ' + service.policy, plural(service.decisions.length, 'decision'), low === undefined ? 'score never known' : 'lowest score ' + low];
    const node = el('section', { class: 'card' }, el('header', {}, el('h3', {}, service.name), el('span', {}, about.join(' · '))), canvas);
    const card = { service, canvas, node, near: false };
    watch(card);
    seen.observe(canvas);
    return card;
  });
  $('cards').replaceChildren(...cards.map((card) => card.node));
  if (!cards.length) $('cards').replaceChildren(el('p', { id: 'empty' }, 'No service was seen: every policy was Unknown throughout.'));
}

/* --- the mouse -------------------------------------------------------------------------------- */

function watch(card) {
  const { canvas, service } = card;
  const time = (event) => scale(view, canvas.clientWidth).time(event.offsetX);
  canvas.onpointermove = (event) => {
    marks.cross = time(event);
    if (marks.drag) marks.drag.to = marks.cross;
    tell(service, event, marks.cross);
    redraw();
  };
  canvas.onpointerleave = () => { marks.cross = null; $('tip').hidden = true; redraw(); };
  canvas.onpointerdown = (event) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    marks.drag = { canvas, from: time(event), to: time(event), x: event.offsetX };
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointerup = (event) => {
    const drag = marks.drag;
    marks.drag = null;
    if (drag && Math.abs(event.offsetX - drag.x) > 5) return look(Math.min(drag.from, drag.to), Math.max(drag.from, drag.to));
    const d = under(service, event, canvas.clientWidth);
    if (d) choose(d, true);
    redraw();
  };
  canvas.ondblclick = MOVES.all;
  canvas.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, time(event));
  }, { passive: false });
}

/* The decision under the mouse: in its own lane, or anywhere in its time further down. */
function under(service, event, width) {
  const s = scale(view, width), place = layout(service);
  const hit = (d) => event.offsetX >= s.x(d.from) - 3 && event.offsetX <= Math.max(s.x(d.to), s.x(d.from) + 3) + 3;
  const tier = event.offsetY < place.lanes ? service.tiers[Math.floor((event.offsetY - 2) / LANE)] : undefined;
  const all = service.decisions.filter(hit);
  return all.find((d) => d.tier === tier) || (event.offsetY >= place.lanes ? all[0] : undefined);
}

function tell(service, event, time) {
  const place = layout(service), lines = [el('b', {}, stamp(time, view.to - view.from < 7200000))];
  const panel = place.panels.findIndex((top) => event.offsetY >= top && event.offsetY < top + PANEL);
  if (panel >= 0) {
    const signal = service.signals[panel], p = at(signal, time), unit = signal.unit ? ' ' + signal.unit : '';
    const value = Number.isNaN(p.max) || p.max === undefined ? (p.flags & UNKNOWN ? 'Unknown' : 'nothing') : p.min === p.max ? number(p.max) + unit : number(p.min) + ' to ' + number(p.max) + unit;
    lines.push(el('div', {}, signal.name + ': ', el('b', {}, value)));
    lines.push(el('div', { class: 'soft' }, Number.isNaN(p.upper) || p.upper === undefined ? 'no band: the baseline learns, or nothing was read' : 'usual ' + number(p.lower) + ' to ' + number(p.upper)));
    if (signal.limit !== null) lines.push(el('div', { class: 'soft' }, 'limit ' + number(signal.limit)));
    if (p.flags & ALARM) lines.push(el('div', {}, 'its baseline raises the alarm'));
  } else if (event.offsetY >= place.score && event.offsetY < place.axis) {
    const score = scores(service)[Math.floor((time - DATA.start) / DATA.width)];
    lines.push(el('div', {}, 'score ', el('b', {}, Number.isNaN(score) || score === undefined ? 'not known' : number(score))));
  }
  for (const incident of service.incidents) if (time >= incident.from && time <= incident.to) lines.push(el('div', {}, 'labelled: ' + incident.name));
  const d = under(service, event, event.target.clientWidth);
  if (d) {
    const step = [...d.steps].reverse().find((s) => s.time <= time) || d.steps[0];
    lines.push(el('hr'), el('div', {}, el('b', {}, d.tier + ' ' + step.phase), ' since ' + clock(step.time, true) + ', ' + did(d) + ' ' + d.flags.join(', ')),
      ...step.reasons.map((text) => el('div', { class: 'soft' }, text)), el('div', { class: 'soft' }, 'Click for every step.'));
  }
  const tip = $('tip');
  tip.replaceChildren(...lines);
  tip.hidden = false;
  const x = event.clientX + 16, y = event.clientY + 16, box = tip.getBoundingClientRect();
  tip.style.left = Math.max(8, x + box.width > innerWidth - 8 ? event.clientX - box.width - 12 : x) + 'px';
  tip.style.top = Math.max(8, y + box.height > innerHeight - 8 ? event.clientY - box.height - 12 : y) + 'px';
}

function watchMap() {
  const map = $('map');
  const time = (event) => scale({ from: FROM, to: TO }, map.clientWidth).time(event.offsetX);
  let start = null;
  map.onpointerdown = (event) => { start = time(event); map.setPointerCapture(event.pointerId); };
  map.onpointermove = (event) => { if (start !== null && Math.abs(time(event) - start) > (TO - FROM) / 200) look(Math.min(start, time(event)), Math.max(start, time(event))); };
  map.onpointerup = (event) => {
    const there = time(event);
    if (Math.abs(there - start) <= (TO - FROM) / 200) { const half = (view.to - view.from) / 2; look(there - half, there + half); }
    start = null;
  };
  map.ondblclick = MOVES.all;
}

/* --- theme, print, keyboard --------------------------------------------------------------------- */

function dark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}
function setTheme(theme) { document.documentElement.dataset.theme = theme; readColours(); redraw(); }

function fillLegend() {
  const patch = (style, text) => { const i = el('i'); i.style.cssText = style; return el('span', {}, i, text); };
  $('legend').replaceChildren(patch('background:var(--band)', 'usual'), patch('background:var(--value);height:2px;vertical-align:middle', 'value, lowest to highest'),
    patch('background:var(--alarm);width:5px', 'alarm'), patch('border-top:2px dashed var(--limit);height:0;vertical-align:middle', 'limit'),
    patch('background:repeating-linear-gradient(135deg,var(--unknown) 0 1px,transparent 1px 4px)', 'Unknown'),
    patch('background:var(--fuse)', 'cut'), patch('border:1px solid var(--fuse)', 'would cut, or probing'), patch('border:1px solid var(--refused)', 'refused'),
    ...(OUT.accuracy ? [patch('background:var(--incident-fill);border-top:2px solid var(--incident)', 'labelled incident'), el('span', {}, '✕ false alarm')] : []));
}

/* On paper: light, every chart, every decision with its reasons. */
let before;
function startPrint() {
  if (printing) return;
  printing = true;
  marks.paper = PAPER;
  before = { theme: document.documentElement.dataset.theme, open: [...document.querySelectorAll('details')].map((d) => d.open) };
  document.querySelectorAll('details').forEach((d) => { d.open = true; });
  document.documentElement.dataset.theme = 'light';
  readColours();
  $('printed').replaceChildren(el('h2', {}, 'Every decision'), ...shown.map((d) => el('article', {},
    el('b', {}, stamp(d.from) + '  ' + d.namespace + '/' + d.service + '  ' + d.tier), ' ' + [d.level, did(d) + ' ' + d.flags.join(', '), minutes(d.minutes), d.outcome || d.phase, falseAlarm(d) ? 'false alarm' : ''].filter(Boolean).join(', '),
    el('ul', {}, ...d.steps.map((step) => el('li', {}, clock(step.time, true) + ' ' + step.phase + ': ' + step.reasons.join('; ')))))));
  drawNow();
}
function endPrint() {
  if (!printing) return;
  printing = false;
  marks.paper = 0;
  if (before.theme) document.documentElement.dataset.theme = before.theme; else delete document.documentElement.dataset.theme;
  document.querySelectorAll('details').forEach((d, i) => { d.open = before.open[i]; });
  $('printed').replaceChildren();
  readColours();
  redraw();
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target instanceof Element && event.target.matches('input, select, textarea');
  if (event.key === 'Escape') {
    if (typing && event.target.value) { event.target.value = ''; return search(); }
    if (typing) return event.target.blur();
    return choose(null);
  }
  if (typing || $('keys').open) return;
  const move = { ArrowLeft: MOVES.left, ArrowRight: MOVES.right, '+': MOVES.in, '=': MOVES.in, '-': MOVES.out, 0: MOVES.all,
    j: () => next(1), k: () => next(-1), t: () => setTheme(dark() ? 'light' : 'dark'), '/': () => $('search').focus(), '?': () => $('keys').showModal() }[event.key];
  if (!move) return;
  event.preventDefault();
  move();
}

function start() {
  readColours();
  fillSummary(); fillTables(); fillList(); fillCards(); fillLegend(); watchMap();
  search();
  let typed;
  $('search').oninput = () => { clearTimeout(typed); typed = setTimeout(search, 80); };
  $('filter').onchange = search;
  $('theme').onclick = () => setTheme(dark() ? 'light' : 'dark');
  $('print').onclick = () => window.print();
  $('help').onclick = () => $('keys').showModal();
  document.querySelectorAll('[data-do]').forEach((button) => { button.onclick = MOVES[button.dataset.do]; });
  document.addEventListener('keydown', keys);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { readColours(); redraw(); });
  addEventListener('resize', redraw);
  addEventListener('beforeprint', startPrint);
  addEventListener('afterprint', endPrint);
  const named = decisions.find((d) => '#' + d.name === location.hash);
  if (named) choose(named);
  document.documentElement.dataset.ready = 'true';
}
start();
