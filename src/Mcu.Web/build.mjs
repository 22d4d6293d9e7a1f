// Builds dist/: index.html, one hashed script and stylesheet for the page, and the SDK as a module of its own.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';

const common = {
  bundle: true,
  format: 'esm',
  target: ['chrome109', 'firefox115', 'safari16'],
  minify: true,
  sourcemap: true,
  legalComments: 'none',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
};

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
await cp('public', 'dist', { recursive: true, filter: (path) => basename(path) !== 'index.html' });
await build({ ...common, entryPoints: { 'sdk/mcu': 'src/sdk/index.ts' }, outdir: 'dist' });
const page = await build({
  ...common,
  entryPoints: { app: 'src/page/main.tsx' },
  entryNames: 'assets/[name]-[hash]',
  outdir: 'dist',
  metafile: true,
});
const outputs = Object.keys(page.metafile.outputs).map((path) => path.replace(/^dist/, ''));
const asset = (extension) => outputs.find((path) => path.endsWith(extension)) ?? '';
const html = await readFile('public/index.html', 'utf8');
await writeFile('dist/index.html', html.replace('{{style}}', asset('.css')).replace('{{script}}', asset('.js')));
