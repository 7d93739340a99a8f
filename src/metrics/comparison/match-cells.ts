import type { SummaryRow } from '../../contract/summary.ts';

export interface MatchedCell {
  readonly base: SummaryRow;
  readonly candidate: SummaryRow;
  readonly name: string;
  readonly promptTokens: number | null;
}

export interface MatchedCells {
  readonly matched: readonly MatchedCell[];
  readonly onlyInBase: readonly string[];
  readonly onlyInCandidate: readonly string[];
}

/** Cells of both sides with the same prompt, output and load (requests in flight, or arrivals); of a fixed prompt the tokens that the server counted. */
export function matchCells(base: readonly SummaryRow[], candidate: readonly SummaryRow[]): MatchedCells {
  const left = [...candidate];
  const matched: MatchedCell[] = [];
  const onlyInBase: string[] = [];
  for (const row of base) {
    const place = left.findIndex((other) => keyOf(other) === keyOf(row));
    const partner = left[place];
    if (partner === undefined) {
      onlyInBase.push(cellName(row));
      continue;
    }
    left.splice(place, 1);
    matched.push({ base: row, candidate: partner, name: cellName(row), promptTokens: promptTokensOf(row) });
  }
  return { matched, onlyInBase, onlyInCandidate: left.map(cellName) };
}

/** What people read of a cell: `prompt 512, output 128`, under load with the requests in flight or their rate. */
function cellName(row: SummaryRow): string {
  const prompt = promptTokensOf(row);
  const lengths = `prompt ${prompt ?? 'unknown'}, output ${row.outputTokens}`;
  return row.kind === 'load' ? `${lengths}, ${loadText(row)}` : lengths;
}

function keyOf(row: SummaryRow): string {
  return `${row.kind} ${promptTokensOf(row) ?? '?'} ${row.outputTokens} ${loadText(row)}`;
}

function promptTokensOf({ promptTokens, values }: SummaryRow): number | null {
  if (promptTokens !== null) return promptTokens;
  const counted = values['prompt_tokens']?.value ?? null;
  return counted === null ? null : Math.round(counted);
}

function loadText({ parallel, arrival }: SummaryRow): string {
  if (arrival !== null) return `rate ${arrival.requestsPerSecond}/s ${arrival.kind}`;
  return `parallel ${parallel ?? 'unknown'}`;
}
