import type { ExportedRequest, ExportedRun } from '../contract/export.ts';
import type { SloLimit } from '../contract/plan.ts';
import { requestFacts } from '../metrics/request-facts.ts';
import { requestResult } from '../metrics/request-result.ts';
import { streamRecords } from '../store/read-records.ts';
import { readSummary } from './summarize-directory.ts';

/**
 * A run for writers of other formats: its summary, and each of its requests as they are asked for. Throws E_RUN_DIRECTORY when the
 * folder holds no run. `slo`: as `readSummary` has it.
 */
export async function exportRun(directory: string, slo: readonly SloLimit[] = []): Promise<ExportedRun> {
  const { summary, plan, environment } = await readSummary(directory, { withDetails: false, slo });
  return { directory, summary, plan, environment, requests: () => requestsOf(directory) };
}

async function* requestsOf(directory: string): AsyncGenerator<ExportedRequest, void> {
  for await (const record of streamRecords(directory)) {
    const facts = requestFacts(record);
    yield {
      cell: facts.cell,
      shard: facts.shard,
      dueMs: facts.dueNs / 1e6,
      endMs: facts.endNs / 1e6,
      chunks: facts.chunks,
      requestedPromptTokens: facts.requestedPromptTokens,
      requestedOutputTokens: facts.requestedOutputTokens,
      result: requestResult(facts),
    };
  }
}
