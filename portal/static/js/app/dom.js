// Elements made by hand: what people wrote is always text, never markup.
const SVG = 'http://www.w3.org/2000/svg';

// h('button', { class: 'btn', onclick: act }, 'text', child, null, [more children])
export function h(tag, facts, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(tag, facts, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(facts || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// The page holds each icon once, as a symbol.
export const icon = (name, large = true) =>
  svg('svg', { class: large ? 'ph-i is-20' : 'ph-i', viewBox: '0 0 20 20', 'aria-hidden': 'true' }, svg('use', { href: `#i-${name}` }));

// Text that people wrote, or a thing's own name.
export const fact = (text, kind = 'span') => h(kind, { 'data-fact': true }, text);

export const code = (text) => h('span', { class: 'ph-codeword', 'data-fact': true }, text);

// Facts of one line, parted by middle dots; empty ones are left out.
export const line = (...parts) => parts.filter(Boolean).join(' · ');

export function progress(expected, sent, here, label) {
  const wide = (count) => (expected ? Math.min(320, Math.round((320 * count) / expected)) : 0);
  return svg('svg', { class: 'ph-svg', viewBox: '0 0 320 12', role: 'img', 'aria-label': label },
    svg('rect', { class: 'well', y: '2', width: '320', height: '6', rx: '1' }),
    svg('rect', { class: 'here', y: '2', width: wide(sent + here), height: '6', rx: '1' }),
    svg('rect', { class: 'sea', y: '2', width: wide(sent), height: '6', rx: '1' }));
}
