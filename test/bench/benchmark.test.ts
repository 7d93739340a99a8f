import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { canBuild } from './build-program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tokometer-benchmark-'));
const program = path.join(import.meta.dirname, '..', '..', 'bench', 'run.js');

describe.skipIf(!canBuild)('bench/run.js', () => {
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("sets the product's records against the server's stamps, and loses nothing", () => {
    const file = path.join(folder, 'results.json');
    const words = ['--quick', '--rounds', '1', '--only', 'D10', '--tools', 'c,tokometer', '--no-marginal'];
    execFileSync(process.execPath, [program, ...words, '--results', file], { stdio: 'ignore' });
    const results: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const error = { p50: expect.any(Number), p99: expect.any(Number) };
    expect(results).toMatchObject({
      results: [
        {
          workload: { id: 'D10' },
          runs: [
            { tool: 'c', failure: null, lostRequests: 0, lostTokens: 0, said: { errorUs: error } },
            { tool: 'tokometer', failure: null, lostRequests: 0, lostTokens: 0, said: { errorUs: error } },
          ],
        },
      ],
    });
    // A stamp before the write would mean that the clocks don't agree, or that requests were mixed up.
    const least = [...readFileSync(file, 'utf8').matchAll(/"min": (-?[\d.]+),\s+"p50"/g)].map((found) =>
      Number(found[1]),
    );
    expect(least.length).toBeGreaterThan(0);
    for (const value of least) expect(value).toBeGreaterThan(-1);
    const table = readFileSync(file.replace('.json', '.md'), 'utf8');
    expect(table).toMatch(/^\| C, epoll \| .*\| Tokometer /ms);
  });
});
