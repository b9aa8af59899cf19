// Put what browsers load into portal/static/vendor: the charts bundled, the rest copied.
import { build } from 'esbuild';
import { cp, mkdir, rm, readFile, writeFile } from 'node:fs/promises';

const out = 'portal/static/vendor';
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: ['portal/front/charts.js'],
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome90', 'firefox90', 'safari15'],
  outfile: `${out}/charts.js`,
  legalComments: 'none',
});
await build({
  entryPoints: ['portal/front/detector.js'],
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome90', 'firefox90', 'safari15'],
  outfile: `${out}/detector.js`,
  legalComments: 'none',
});
await cp('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', `${out}/zxing_reader.wasm`);
await cp('node_modules/htmx.org/dist/htmx.min.js', `${out}/htmx.min.js`);
// Its source map is not served, so its address would only be a failed request.
const css = await readFile('node_modules/@tabler/core/dist/css/tabler.min.css', 'utf8');
await writeFile(`${out}/tabler.min.css`, css.replace(/\/\*# sourceMappingURL=.*?\*\//, ''));
