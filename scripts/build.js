// Builds dist: every module as it is, with its types, for the library; the program as a few chunks, since reading some 150
// modules one by one is most of what a start costs; and the script of report.html as one file.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

function compile() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`tsc ended with ${status}`);
}

async function bundleProgram() {
  const bundle = await rolldown({
    input: { main: join(dist, 'cli', 'main.js'), 'shard-worker': join(dist, 'run', 'shard', 'shard-worker.js') },
    platform: 'node',
    // What is installed beside it is read from there.
    external: (id) => /^[^./]/.test(id) || builtinModules.includes(id),
  });
  await bundle.write({
    dir: join(dist, 'program'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    sourcemap: false,
  });
  await bundle.close();
  const bin = join(dist, 'bin.js');
  const text = readFileSync(bin, 'utf8');
  const bundled = text.replace("'./cli/main.js'", "'./program/main.js'");
  if (bundled === text) throw new Error('dist/bin.js does not load ./cli/main.js');
  writeFileSync(bin, bundled);
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
  await bundle.write({
    file: join(dist, 'web', 'report.js'),
    format: 'iife',
    minify: true,
    sourcemap: false,
  });
  await bundle.close();
}

compile();
await bundleProgram();
await bundleReportScript();
