// Four answers to be told apart with the eyes elsewhere: pitch, number and colour of the tones.

// Each tone: from second, for seconds, hertz, shape.
const TUNES = {
  found: [[0, 0.09, 1318, 'sine']],
  again: [[0, 0.06, 740, 'sine'], [0.11, 0.06, 740, 'sine']],
  elsewhere: [[0, 0.14, 587, 'triangle'], [0.16, 0.24, 392, 'triangle']],
  unknown: [[0, 0.5, 165, 'sawtooth']],
  undone: [[0, 0.05, 440, 'sine']],
};
const LOUDNESS = { sine: 0.5, triangle: 0.6, sawtooth: 0.35 };
const MUTED = 'panhuo-scan-muted';

let context;

/** Browsers let a page sound only after the person has touched it; a scan is such a touch. */
function ready() {
  context ??= new AudioContext();
  if (context.state === 'suspended') context.resume();
  return context;
}

export function muted() {
  return localStorage.getItem(MUTED) === '1';
}

export function mute(on) {
  if (on) localStorage.setItem(MUTED, '1');
  else localStorage.removeItem(MUTED);
}

export function play(name) {
  const tune = TUNES[name];
  document.dispatchEvent(new CustomEvent('ph-sound', { detail: name }));
  if (!tune || muted()) return;
  const sounding = ready();
  for (const [from, length, pitch, shape] of tune) {
    const tone = sounding.createOscillator();
    const loud = sounding.createGain();
    const at = sounding.currentTime + from;
    tone.type = shape;
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(LOUDNESS[shape], at + 0.008);
    loud.gain.setValueAtTime(LOUDNESS[shape], at + length - 0.012);
    loud.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(loud).connect(sounding.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}
