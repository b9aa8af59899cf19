// The photos of a form: taken, scaled down, kept on the phone at once, so that nothing can lose them.
import { newId } from './codes.js';
import { h, icon } from './dom.js';
import { picture, trouble } from './parts.js';
import { scaled } from './photo.js';
import * as store from './store.js';
import { t } from './words.js';

export const MOST = 6;

// `ids`: photos that a draft has already; `changed(ids)` after each change.
export function photosField(ids, changed) {
  const list = [...ids];
  const note = h('em', { class: 'ph-3' });
  const said = h('p', { class: 'ph-small ph-warn-text', role: 'alert' });
  const file = h('input', { type: 'file', accept: 'image/*', capture: 'environment', id: 'photo', class: 'p-file' });
  const add = h('label', { class: 'p-shoot', for: 'photo' }, file, icon('camera'), t('take_photo'));
  const row = h('div', { class: 'p-add' });
  const draw = async () => {
    const kept = (await Promise.all(list.map((id) => store.photo(id)))).filter(Boolean);
    row.replaceChildren(...kept.map(drawn), list.length < MOST ? add : '');
    note.textContent = t('photos_kept', { num: kept.length });
  };
  const drawn = ({ id, blob }) => h('span', { class: 'p-pic' }, picture(blob, t('photo')),
    h('button', { type: 'button', 'aria-label': t('drop_photo'), onclick: () => drop(id) }, icon('close', false)));
  const drop = async (id) => {
    list.splice(list.indexOf(id), 1);
    await store.dropPhoto(id);
    changed(list);
    await draw();
  };
  file.addEventListener('change', async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    said.textContent = t('scaling');
    try {
      const id = newId();
      await store.addPhoto({ id, count: 'draft', blob: await scaled(chosen), digest: '' });
      list.push(id);
      changed(list);
      said.textContent = '';
    } catch (error) {
      said.textContent = error.name === 'InvalidStateError' || error.name === 'EncodingError' ? t('not_a_picture') : trouble(error);
    }
    file.value = '';
    await draw();
  });
  draw();
  return { field: h('div', { class: 'p-fld' }, h('span', {}, t('photos'), note), row, said), list };
}
