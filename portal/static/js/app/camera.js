// The camera: a picture that is looked at for codes, a few times a second (H2).
import { codeOf } from './codes.js';
import { facts } from './words.js';

const FORMATS = ['qr_code', 'code_128'];
const EVERY_MS = 120;
const FRAMES = 8; // in which the browser's reader found nothing: then ours looks at one, about each second
const SAME_AGAIN_MS = 2_500; // a label that stays in the picture is read once, whichever of its symbols is

let reader = null;

async function native() {
  if (!('BarcodeDetector' in globalThis)) return null;
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return FORMATS.every((format) => known.includes(format)) ? BarcodeDetector : null;
}

async function ours() {
  const { BarcodeDetector: Detector, prepareZXingModule } = await import(facts.detector);
  await prepareZXingModule({ overrides: { locateFile: () => facts.wasm }, fireImmediately: true });
  return Detector;
}

// The browser's own reader where it says that it reads our labels; ours where it finds nothing for a
// while or fails: some say so and never read one. Where ours finds what it did not, ours stays.
class Reader {
  constructor(browsers, ownOne) {
    Object.assign(this, { browsers, ownOne, silent: 0 });
  }

  async detect(picture, patience = 1) {
    const found = await this.byBrowser(picture);
    if (found.length || (this.browsers && ++this.silent % patience)) return found;
    this.ownOne ??= new (await ours())({ formats: FORMATS });
    const own = await this.ownOne.detect(picture);
    if (own.length) this.browsers = null;
    return own;
  }

  async byBrowser(picture) {
    try {
      const found = (await this.browsers?.detect(picture)) ?? [];
      if (found.length) this.silent = 0;
      return found;
    } catch {
      this.browsers = null;
      return [];
    }
  }
}

async function made() {
  const Native = await native();
  const options = { formats: FORMATS };
  return Native ? new Reader(new Native(options), null) : new Reader(null, new (await ours())(options));
}

export async function detector() {
  reader ??= made();
  try {
    return await reader;
  } catch (error) {
    reader = null;
    throw error;
  }
}

// Start looking: `seen(text)` for each code that comes into the picture; `known` was seen just before.
// Rejects as getUserMedia does.
export async function look(video, seen, known = '') {
  if (!navigator.mediaDevices) throw new DOMException('no camera', isSecureContext ? 'NotFoundError' : 'SecurityError');
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  const eye = new Eye(video, stream, seen);
  try {
    video.srcObject = stream;
    await video.play();
    eye.reader = await detector();
  } catch (error) {
    eye.close();
    throw error;
  }
  if (known) eye.last.set(codeOf(known), performance.now());
  eye.turn();
  return eye;
}

class Eye {
  constructor(video, stream, seen) {
    Object.assign(this, { video, stream, seen, closed: false, last: new Map() });
    [this.track] = stream.getVideoTracks();
  }

  get hasTorch() {
    return Boolean(this.track.getCapabilities?.().torch);
  }

  torch(on) {
    return this.track.applyConstraints({ advanced: [{ torch: on }] });
  }

  async turn() {
    if (this.closed) return;
    try {
      if (!document.hidden && this.video.readyState >= 2) this.read(await this.reader.detect(this.video, FRAMES));
    } catch {
      // A frame that can't be read is no frame: the next one comes.
    }
    setTimeout(() => this.turn(), EVERY_MS);
  }

  read(found) {
    const now = performance.now();
    for (const { rawValue } of found) {
      const code = codeOf(rawValue);
      const before = this.last.get(code);
      this.last.set(code, now);
      if (code && !this.closed && (before === undefined || now - before > SAME_AGAIN_MS)) this.seen(rawValue);
    }
  }

  close() {
    this.closed = true;
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }
}

// Labels of a still picture: each once, though it bears two symbols.
export async function read(file) {
  const picture = await createImageBitmap(file);
  const found = await (await detector()).detect(picture);
  picture.close();
  const labels = new Map(found.filter((one) => one.rawValue).map((one) => [codeOf(one.rawValue), one.rawValue]));
  return [...labels.values()];
}
