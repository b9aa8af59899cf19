// Each answer has its own sound and its own touch (H2): found, again, elsewhere, unknown.
const SOUND = 'panhuo.app.sound';
//              [tone in Hz, begins at ms, lasts ms]…
const TONES = {
  found: [[880, 0, 70], [1320, 80, 110]],
  again: [[660, 0, 60], [660, 110, 60]],
  elsewhere: [[520, 0, 130], [390, 150, 200]],
  unknown: [[220, 0, 380]],
};
const TOUCHES = { found: [60], again: [40, 60, 40], elsewhere: [150, 80, 150], unknown: [400] };
let context = null;

export const isOn = () => localStorage.getItem(SOUND) !== 'off';
export const turn = (on) => localStorage.setItem(SOUND, on ? 'on' : 'off');

// Browsers let a page sound only after a touch: called at the first one.
export function wake() {
  if (!('AudioContext' in globalThis)) return;
  context ??= new AudioContext();
  if (context.state === 'suspended') context.resume().catch(() => {});
}

export function play(outcome) {
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(TOUCHES[outcome]);
  if (!isOn() || !context) return;
  const now = context.currentTime + 0.01;
  for (const [tone, begins, lasts] of TONES[outcome]) {
    const voice = context.createOscillator();
    const volume = context.createGain();
    const at = now + begins / 1000;
    voice.type = outcome === 'unknown' ? 'square' : 'sine';
    voice.frequency.value = tone;
    volume.gain.setValueAtTime(0.2, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + lasts / 1000);
    voice.connect(volume).connect(context.destination);
    voice.start(at);
    voice.stop(at + lasts / 1000);
  }
}
