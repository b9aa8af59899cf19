// Being installed: the worker that keeps the app's files, and the browser's own offer.
import { askToKeep } from './keeping.js';
import { tell } from './news.js';

let offer = null;
let renewed = false;

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer = event;
  tell('state');
});
addEventListener('appinstalled', () => { offer = null; askToKeep(); });

export const installable = () => offer !== null;

export async function install() {
  await offer?.prompt();
  offer = null;
}

// Register the worker; what it brings anew is taken when no form is open (`isRenewed`).
export async function keepFiles() {
  if (!('serviceWorker' in navigator)) return;
  const before = navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener('controllerchange', () => { renewed = Boolean(before); });
  try {
    await navigator.serviceWorker.register('/app/sw.js', { scope: '/app' });
  } catch (error) {
    console.warn('the app works only with a network', error);
  }
}

// Whether the app has been opened as an installed one.
export const isInstalled = () => matchMedia('(display-mode: standalone)').matches || navigator.standalone === true;

export const isRenewed = () => renewed;
