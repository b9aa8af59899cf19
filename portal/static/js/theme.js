// Before anything is drawn: who never chose a theme gets the system's.
(() => {
  const chosen = document.cookie.match(/(?:^|; )theme=(light|dark)/);
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.setAttribute('data-bs-theme', chosen ? chosen[1] : system);
})();
