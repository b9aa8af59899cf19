// From what was read to a card's code: a label's QR holds the card's short address (H5).
const LONGEST = 64;

const OF_CARD = /\/(?:c|cards)\/([^/?#]+)/i;

export function codeOf(raw) {
  const text = raw.normalize('NFKC').replace(/[\u0000-\u001f\u007f\u200b-\u200f\ufeff]/g, '').trim();
  return (addressed(text) ?? text).toUpperCase().slice(0, LONGEST);
}

function addressed(text) {
  if (!/^https?:\/\//i.test(text)) return null;
  try {
    const path = new URL(text).pathname;
    const last = path.split('/').filter(Boolean).pop();
    return decodeURIComponent(OF_CARD.exec(path)?.[1] ?? last ?? '') || null;
  } catch {
    return null;
  }
}

// Made once, at the moment of counting. Old phones on plain http lack randomUUID.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
