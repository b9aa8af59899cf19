// From what was read to codes of cards (H2, H5), as scanner/decode reads the same: the examples in
// tests/scanner/symbols.json hold both. Only a card's own address says for certain what in it is a
// code; what else may be one is meant where it is known, and otherwise the text stands whole.
const LONGEST = 16_000; // that is looked at
const LONGEST_KEPT = 512;
const USUAL = ['[A-Z]{2}[0-9]{10}']; // what codes look like, where the page doesn't say

const CODE = /^[A-Z0-9-]{4,32}$/;
const HOST = /^https?:\/\/[^/?#]+/i;
const BEGINS = /(^|[^=])https?:\/\//gi; // behind = it is a part of another address
const OF_CARD = /\/(?:c|cards)\/([^/?#]*)/i;
const BREAKS = /[\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\ufeff]+/;
const SIGNS = [...'。、—–―−‐‑·￥“”‘’《》【】'].map((sign, at) => [sign, [..."./------`$\"\"''<>[]"][at]]);
const KEYS = new Map(SIGNS); // what Chinese input methods make of the keys, beyond the wide forms

const keyed = (text) => [...text.normalize('NFKC')].map((one) => KEYS.get(one) ?? one).join('');
const isAscii = (text) => /^[\x00-\x7f]*$/.test(text);
const once = (list) => [...new Set(list)];

// A text as a code that nobody knows: narrow, in one line. Case means nothing but in an address,
// behind its host.
function whole(text) {
  const plain = text.normalize('NFKC').replace(/\r\n/g, '\n').replace(/[\r\n\t\u00a0\u3000]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}]/gu, '').trim();
  const host = HOST.exec(plain)?.[0];
  return host ? host.toLowerCase() + plain.slice(host.length) : plain.toUpperCase();
}

// Chinese in GBK that a reader has taken for Latin-1, as it was meant; any other as it is.
function legible(text) {
  const letters = text.match(/[^\x00-\x7f]/g)?.length ?? 0;
  if (letters < 4 || !/^(?:[\x00-\x7f]|[\xa1-\xfe]{2})*$/.test(text)) return text;
  try {
    return new TextDecoder('gb18030', { fatal: true }).decode(Uint8Array.from(text, (one) => one.charCodeAt(0)));
  } catch {
    return text;
  }
}

function unquoted(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const fits = (code, shapes) => shapes.some((shape) => new RegExp(`^(?:${shape})$`).test(code));

// What may be a card's code in another system's address, the likeliest first.
function inAddress(address, shapes) {
  const words = address.slice(HOST.exec(address)[0].length).split(/[/?&=#;]/).map(unquoted).reverse();
  const codes = once(words.filter(isAscii).map((one) => one.toUpperCase()).filter((one) => CODE.test(one) && /[0-9]/.test(one)));
  const fitting = codes.filter((one) => fits(one, shapes));
  return fitting.length ? fitting : codes;
}

// What looks like a code among other words, signs and Chinese characters.
function inWords(text, shapes) {
  const words = text.split(/[^A-Za-z0-9-]+/).map((one) => one.toUpperCase());
  return once(words.filter((one) => CODE.test(one) && fits(one, shapes)));
}

// Codes that ran together, or one twice; null where it is neither.
function apart(text, shapes) {
  for (const shape of shapes) {
    if (new RegExp(`^(?:${shape}){2,}$`).test(text)) return once(text.match(new RegExp(shape, 'g')));
  }
  for (const times of [2, 3]) {
    const one = text.slice(0, text.length / times);
    if (text === one.repeat(times) && CODE.test(one)) return [one];
  }
  return null;
}

// Each part: { code } for certain, or { code, within, … }: itself, where that is known or nothing
// `within` is; of those `most` at most, and with `all` only if all are.
function ofWord(word, shapes) {
  if (!isAscii(word)) return null;
  const code = word.toUpperCase();
  const within = apart(code, shapes);
  if (CODE.test(code)) return [{ code, within: within ?? [], all: true }];
  return within?.map((one) => ({ code: one })) ?? null;
}

function ofAddress(address, shapes) {
  const label = unquoted(OF_CARD.exec(address.split(/[?#]/)[0])?.[1] ?? '');
  const ours = ofWord(label, shapes);
  if (ours) return ours;
  return HOST.test(address) ? [{ code: whole(address), within: inAddress(whole(address), shapes), most: 1 }] : null;
}

function ofPart(part, shapes) {
  const starts = [...part.matchAll(BEGINS)].map((one) => one.index + one[1].length);
  if (!starts.length) return ofWord(part, shapes);
  const words = starts[0] ? [ofWord(part.slice(0, starts[0]), shapes)] : [];
  words.push(...starts.map((start, at) => ofAddress(part.slice(start, starts[at + 1]), shapes)));
  return words.includes(null) ? null : words.flat();
}

// What a text may mean: its codes in the order in which they stand, each as above.
function read(raw, shapes) {
  const parts = keyed(raw.slice(0, LONGEST)).split(BREAKS).filter(Boolean).map((part) => ofPart(part, shapes));
  if (parts.length && !parts.includes(null)) return parts.flat();
  const text = whole(legible(raw.slice(0, LONGEST)));
  return text ? [{ code: text, within: inWords(text, shapes) }] : [];
}

// The codes in what a camera read. `isKnown(code)`: whether it is a card's, as a promise.
export async function codesOf(raw, isKnown, shapes = USUAL) {
  const known = new Set();
  const asked = read(raw, shapes).flatMap(({ code, within = [] }) => (within.length ? [code, ...within] : []));
  for (const code of asked) if (await isKnown(code)) known.add(code);
  return codesIn(raw, (code) => known.has(code), shapes);
}

// The same at once, where the cards are at hand.
export function codesIn(raw, isKnown = () => false, shapes = USUAL) {
  const found = read(raw, shapes).flatMap(({ code, within = [], most, all }) => {
    const known = isKnown(code) ? [] : within.filter((one) => isKnown(one));
    return known.length && !(all && known.length < within.length) ? known.slice(0, most) : [code];
  });
  return once(found).map((code) => code.slice(0, LONGEST_KEPT));
}

// Whether it can be a code at all, or is an address: words of one's own are neither.
export const isCode = (text) => CODE.test(text) || HOST.test(text);

// By what the symbols of one label are told to be the same.
export const codeOf = (raw) => codesIn(raw)[0] ?? '';

// Made once, at the moment of counting. Old phones on plain http lack randomUUID.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
