// Squares: filters that apply at once, marking several, photos that enlarge.

// Facets: of divisions and categories one is chosen; an empty field is no filter.
for (const form of document.querySelectorAll('[data-filters]')) {
  for (const field of form.elements) {
    field.addEventListener('change', () => {
      if (field.type === 'checkbox') {
        if ('single' in field.dataset && field.checked) {
          for (const other of form.elements) {
            if (other !== field && other.name === field.name) {
              if (other.type === 'checkbox') other.checked = false;
              else other.value = '';
            }
          }
        }
        form.requestSubmit();
      } else if (field.tagName === 'SELECT') form.requestSubmit();
    });
  }
}

const opener = document.querySelector('[data-facets]');
opener?.addEventListener('click', () => {
  const open = document.getElementById('facets').classList.toggle('is-open');
  opener.setAttribute('aria-expanded', String(open));
  if (open) document.querySelector('#facets input:not([type=hidden])')?.focus();
});

const english = document.documentElement.lang === 'en';
const grouped = (value, digits) => value.toLocaleString('zh-CN', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** As portal.formats.large_money writes it. */
function money(value) {
  if (value < 100000) return `¥ ${grouped(value, 2)}`;
  return english ? `¥ ${grouped(value / 1000, 1)}k` : `¥ ${grouped(value / 10000, 2)} 万元`;
}

for (const form of document.querySelectorAll('[data-marks]')) {
  const boxes = [...form.querySelectorAll('input[name=listing]')];
  const bar = form.querySelector('[data-marks-bar]');
  if (!bar || !boxes.length) continue;
  const all = form.querySelector('[data-marks-all]');
  const count = bar.querySelector('[data-marks-count]');
  const sum = bar.querySelector('[data-marks-sum]');
  const update = () => {
    const chosen = boxes.filter((box) => box.checked);
    const cents = chosen.reduce((total, box) => total + Math.round(Number(box.dataset.value) * 100), 0);
    // Pieces and square metres make no sum: each unit of measure has its own.
    const amounts = new Map();
    for (const { dataset } of chosen) {
      const cents = Math.round(Number(dataset.quantity) * 100);
      amounts.set(dataset.measure, (amounts.get(dataset.measure) ?? 0) + cents);
    }
    const amount = [...amounts].map(([measure, n]) => `${(n / 100).toLocaleString('zh-CN')} ${measure}`.trim()).join(english ? ', ' : '、');
    count.textContent = count.dataset.words.replace('N', String(chosen.length));
    if (sum) sum.textContent = sum.dataset.words.replace('N', amount).replace('V', money(cents / 100));
    bar.hidden = chosen.length === 0;
    if (all) {
      all.checked = chosen.length === boxes.length;
      all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
    for (const box of boxes) box.closest('tr')?.classList.toggle('is-chosen', box.checked);
  };
  form.addEventListener('change', (event) => {
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    update();
  });
  form.querySelector('[data-marks-none]')?.addEventListener('click', () => {
    for (const box of boxes) box.checked = false;
    update();
    boxes[0].focus();
  });
  window.addEventListener('pageshow', update);
}

// A photo, enlarged: the browser's own dialog keeps the focus and closes on Escape.
const enlarged = document.querySelector('[data-enlarged]');
if (enlarged) {
  const picture = enlarged.querySelector('img');
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-enlarge]');
    if (button) {
      picture.src = button.dataset.enlarge;
      picture.alt = button.dataset.caption;
      enlarged.querySelector('h2').textContent = button.dataset.caption;
      enlarged.showModal();
    } else if (event.target === enlarged || event.target.closest('[data-enlarged-close]')) enlarged.close();
  });
}
