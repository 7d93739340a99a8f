// What the tests of the command line on real engines share: where the engines are, why one is skipped, and what a row of
// a speed benchmark must be whatever the engine.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect } from 'vitest';

import type { MemoryFigure } from '../../src/contract/memory.ts';
import type { Summary, SummaryRow } from '../../src/contract/summary.ts';
import { groupMembers } from '../../src/engine/managed/process-group.ts';
import { findLlamaServer } from './llama-server.ts';

const llama = findLlamaServer();
const vllm = process.env['TOKOMETER_VLLM_PYTHON'] ?? '';
if (vllm !== '' && !existsSync(vllm)) throw new Error(`TOKOMETER_VLLM_PYTHON is ${vllm}, and there is no such file`);

/** Interpreter with vLLM, and the end of a test's name that says why it is skipped; '' where it is there. */
export const vllmPython = {
  path: vllm,
  reason: vllm === '' ? ' (skipped: no vLLM here: set TOKOMETER_VLLM_PYTHON to its Python interpreter)' : '',
};

/** llama-server as a command line finds it: by the PATH. */
export const llamaProgram = {
  model: 'skip' in llama ? '' : llama.model,
  binary: 'skip' in llama ? '' : llama.binary,
  environment: { PATH: 'skip' in llama ? '' : [path.dirname(llama.binary), process.env['PATH']].join(path.delimiter) },
  reason: 'skip' in llama ? ` (skipped: ${llama.skip})` : '',
};

/** A tiny model needs one thread, and two that wait for each other crawl on a busy machine. */
export const oneThread = { OMP_NUM_THREADS: '1' };

/** Exact counts of every request, and three speeds that agree with each other. */
export function expectSpeeds(summary: Summary, lengths: readonly number[], outputTokens: number): void {
  expect(summary.workload.method).toBe('token-ids');
  expect(summary.rows.map((row) => row.promptTokens)).toEqual(lengths);
  for (const row of summary.rows) {
    expect([row.valid, row.counts.failed, row.reasons]).toEqual([true, 0, []]);
    expect(row.requests.filter((request) => request.phase === 'measured')).toHaveLength(row.counts.planned);
    for (const { promptTokens, outputTokens: generated, cachedTokens } of row.requests) {
      expect([promptTokens, generated, cachedTokens]).toEqual([row.promptTokens, outputTokens, 0]);
    }
    const [decode, generated, total] = ['decode_speed', 'generated_speed', 'total_speed'].map((id) => speed(row, id));
    // The prefill of one token is a step like any other, and may be the quickest of them.
    if (row.promptTokens !== 1) expect(decode).toBeGreaterThanOrEqual(generated ?? Infinity);
    expect(total).toBeGreaterThan(generated ?? Infinity);
    // Both are of the same time: they differ by the tokens that they count.
    expect((total ?? 0) / (generated ?? 1)).toBeCloseTo(((row.promptTokens ?? 0) + outputTokens) / outputTokens, 6);
  }
}

function speed(row: SummaryRow, id: string): number {
  const value = row.values[id]?.value ?? 0;
  expect(value).toBeGreaterThan(0);
  return value;
}

/** Bytes that the engine needs for each row, by what it told: weights and the keys and values of P + G. */
export async function neededByRow(summary: Summary): Promise<number[]> {
  const lines = (await readFile(path.join(summary.directory, 'records.jsonl'), 'utf8')).trim().split('\n');
  const records = lines.map((line): { cell: string; phase: string; memory: readonly MemoryFigure[] } =>
    JSON.parse(line),
  );
  return summary.rows.map((row) => {
    const figures = records
      .filter((record) => record.cell === row.cell && record.phase === 'measured')
      .map(({ memory }) => memory.find((one) => one.method.startsWith('needed'))?.bytes ?? 0);
    expect(figures).toHaveLength(row.counts.measured);
    expect(new Set(figures).size).toBe(1);
    return figures[0] ?? 0;
  });
}

/** From row to row memory grows as the keys and values of the longer text, within 5 %. */
export function expectGrowth(neededBytes: readonly number[], lengths: readonly number[], bytesPerToken: number): void {
  for (const [index, bytes] of neededBytes.entries()) {
    if (index === 0) continue;
    const tokens = (lengths[index] ?? 0) - (lengths[index - 1] ?? 0);
    expect(Math.abs((bytes - (neededBytes[index - 1] ?? 0)) / (tokens * bytesPerToken) - 1)).toBeLessThan(0.05);
  }
}

/** Whether any process of a group lives. */
export function isGroupAlive(groupId: number): boolean {
  return groupMembers(groupId).length > 0;
}
