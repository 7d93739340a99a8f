// Builds dist: every module as it is, with its types, for the library; the program as a few chunks with the libraries it always
// needs, since reading hundreds of modules one by one is most of what a start costs; and the script of report.html as one file.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

// Loaded from where they are installed: optional ones, and one that is large and only for proxies and HTTP/2.
const beside = new Set(['node-llama-cpp', '@duckdb/node-api', 'hyparquet-writer', 'sql.js', 'undici']);

function compile() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the sources do not compile');
}

async function bundleProgram() {
  const bundle = await rolldown({
    input: { main: join(dist, 'cli', 'main.js'), 'shard-worker': join(dist, 'run', 'shard', 'shard-worker.js') },
    platform: 'node',
    external: (id) =>
      beside.has(id) || id.startsWith('@opentelemetry/') || builtinModules.includes(id.replace(/^node:/, '')),
  });
  const folder = join(dist, 'program');
  const { output } = await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await bundle.close();
  writeFileSync(join(folder, 'licenses.txt'), licensesOf(output.flatMap((chunk) => chunk.moduleIds ?? [])));
}

/** The licences of all packages that a module comes from, each text once. */
function licensesOf(moduleIds) {
  const folders = new Set(moduleIds.map(packageFolder).filter((folder) => folder !== null));
  const namesOf = new Map();
  for (const folder of [...folders].toSorted((one, other) => (one < other ? -1 : 1))) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file: it can't be part of what is built`);
    const text = readFileSync(join(folder, file), 'utf8').trim();
    namesOf.set(text, [...(namesOf.get(text) ?? []), `${name} ${version}: ${license}`]);
  }
  const texts = [...namesOf].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** The innermost package that a file belongs to; null: it is our own. */
function packageFolder(file) {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file)?.[0] ?? null;
}

/** The modules' own `bin.js` would read them one by one. */
function pointToProgram() {
  const bin = join(dist, 'bin.js');
  const text = readFileSync(bin, 'utf8');
  const pointed = text.replace('./cli/main.js', './program/main.js');
  if (pointed === text) throw new Error('dist/bin.js does not load ./cli/main.js');
  writeFileSync(bin, pointed);
}

// The page forbids every style sheet but its own, which has these rules.
const plotStyle = /\.call\(\(svg\) =>\s*\/\/[^\n]*\s*svg\.append\("style"\)\.text\([^]*?`\s*\)\s*\)/;
const withoutPlotStyle = {
  name: 'without-plot-style',
  transform(code, id) {
    if (!/plot[\\/]src[\\/]plot\.js$/.test(id)) return null;
    const changed = code.replace(plotStyle, '');
    if (changed === code) throw new Error('the style element of Observable Plot is not where it was');
    return { code: changed, map: null };
  },
};

async function bundleReportScript() {
  const bundle = await rolldown({
    input: join(root, 'web', 'main.ts'),
    platform: 'browser',
    plugins: [withoutPlotStyle],
  });
  const file = join(dist, 'web', 'report.js');
  const { output } = await bundle.write({ file, format: 'iife', minify: true });
  await bundle.close();
  // Pages are copied and mailed: the notices go with the code.
  const notices = licensesOf(output.flatMap((chunk) => chunk.moduleIds ?? [])).replaceAll('*/', '* /');
  writeFileSync(file, `/*!\n${notices}*/\n${readFileSync(file, 'utf8')}`);
}

compile();
await bundleProgram();
pointToProgram();
await bundleReportScript();
