(() => {
  const name = (e) => e.tagName.toLowerCase() + (e.className ? '.' + e.className : '') + ': ' + e.textContent.trim().slice(0, 60);
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  };
  const contrast = (e) => {
    const [a, b] = [luminance(numbers(getComputedStyle(e).color)), luminance(behind(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };

  const link = document.querySelector('td a[href^="#s"]');
  const target = document.getElementById(link.getAttribute('href').slice(1)).closest('details');
  target.open = false;
  location.hash = link.getAttribute('href');
  const opened = target.open;

  document.querySelectorAll('details').forEach((e) => { e.open = true; });
  const all = [...document.body.querySelectorAll('*')];
  const texts = all.filter((e) => e.checkVisibility() && !e.closest('svg')
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
  const faint = texts.filter((e) => contrast(e) < 4.5).map((e) => contrast(e).toFixed(2) + ' ' + name(e)).slice(0, 5);
  const scrolls = (e) => e.closest('.scroll, .picture, pre, .hidden, .skip, thead');
  const wider = document.documentElement.scrollWidth <= innerWidth ? []
    : all.filter((e) => !scrolls(e) && e.getBoundingClientRect().right > innerWidth + 1).map(name).slice(0, 5);

  const stops = [...document.querySelectorAll('a, summary, input, [tabindex]')];
  const unreached = stops.filter((e) => { e.focus(); return document.activeElement !== e || e.tabIndex < 0; }).map(name);

  const fine = document.querySelectorAll('.matrix tr.fine').length;
  document.getElementById('show-some').checked = true;
  const hidden = [...document.querySelectorAll('.matrix tr.fine')].filter((e) => !e.checkVisibility()).length;
  return JSON.stringify({
    width: innerWidth, dark: matchMedia('(prefers-color-scheme: dark)').matches, texts: texts.length, faint, wider,
    reached: stops.length - unreached.length, unreached, opened, fine, hidden,
  });
})()
