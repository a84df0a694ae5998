'use strict';
/* Works on the page as a reader would, and writes down what it saw. */
(async () => {
  const seen = { errors: [], hacked: false };
  addEventListener('error', (event) => seen.errors.push(String(event.message)));
  addEventListener('securitypolicyviolation', (event) => seen.errors.push('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
  const frame = () => new Promise((done) => setTimeout(done, 120));
  const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const shownOf = (selector) => [...document.querySelectorAll(selector)].filter((node) => !node.hidden).length;
  const chart = () => {
    const canvas = document.querySelector('.card canvas');
    if (!canvas) return { colours: 0 };
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 200) colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
    return { colours: colours.size, ground: getComputedStyle(document.querySelector('.card')).backgroundColor };
  };
  try {
    seen.ready = document.documentElement.dataset.ready || 'false';
    const first = document.querySelector('.card');
    if (first) first.scrollIntoView();
    await frame(); await frame();
    seen.listed = shownOf('#decisions li');
    seen.cards = shownOf('.card');
    seen.assumed = document.getElementById('assumed').textContent;
    seen.text = document.getElementById('services').textContent;
    seen.overflow = document.documentElement.scrollWidth - innerWidth;
    seen.whole = view.to - view.from;
    document.documentElement.dataset.theme = 'light'; readColours(); drawNow();
    seen.light = chart();
    press('t'); await frame();
    seen.dark = chart();
    press('t'); await frame();
    press('j'); await frame();
    seen.chosen = document.getElementById('panel').textContent;
    seen.closer = view.to - view.from;
    const card = cards.find((c) => c.service.decisions.includes(marks.chosen)) || cards[0];
    if (card) {
      const place = layout(card.service), box = card.canvas.getBoundingClientRect();
      const panel = Math.max(0, card.service.signals.findIndex((s) => s.name.includes('wait')));
      card.canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width / 2, clientY: box.top + place.panels[panel] + 30, bubbles: true }));
      await frame();
      seen.tip = document.getElementById('tip').textContent;
      // The wildest reading of the first signal is in what is drawn, however thin it is.
      const all = arrays(services[0].signals[0]).max.filter((v) => !Number.isNaN(v));
      seen.extreme = String(all.some((v) => v === 1e6));
    }
    press('Escape'); await frame();
    seen.closed = document.getElementById('panel').hidden;
    press('0'); await frame();
    const input = document.getElementById('search');
    input.value = 'local-cache'; search(); await frame();
    seen.searched = shownOf('#decisions li');
    seen.searchedCards = shownOf('.card');
    input.value = ''; search();
    dispatchEvent(new Event('beforeprint')); await frame();
    seen.paper = { ...chart(), text: document.getElementById('printed').textContent.slice(0, 4000) };
    dispatchEvent(new Event('afterprint'));
    seen.hacked = Boolean(window.hacked);
  } catch (error) { seen.errors.push(String(error && error.stack || error)); }
  const out = document.createElement('pre');
  out.id = 'probe';
  out.textContent = JSON.stringify(seen);
  document.body.append(out);
})();
