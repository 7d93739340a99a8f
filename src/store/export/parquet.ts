import type { BasicType } from 'hyparquet-writer';

import type { ColumnType, ExportedRun, Field } from '../../contract/export.ts';
import { loadOptional } from '../optional-package.ts';
import { fieldsOf, linesOf, requestsTable, runsTable } from './tables.ts';

const parquetTypes: Readonly<Record<ColumnType, BasicType>> = {
  text: 'STRING',
  integer: 'INT64',
  real: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};

// Many enough to compress well, few enough to be held.
const rowsOfGroup = 20_000;

type ParquetWriter = (options: { runs: readonly ExportedRun[]; file: string }) => Promise<void>;

/**
 * The table `requests` of all runs as Parquet, Snappy-compressed; what the table `runs` says of them is in the file's metadata
 * under `tokometer.runs`. Records are held a row group at a time. Throws E_MISSING_PACKAGE.
 */
export async function loadParquetWriter(): Promise<ParquetWriter> {
  const parquet = await loadOptional(['hyparquet-writer'], '--format parquet', () => import('hyparquet-writer'));
  return async ({ runs, file }) => {
    const { columns } = requestsTable;
    await parquet.parquetWriteRows({
      writer: parquet.fileWriter(file),
      columns: columns.map(({ name, type }) => ({ name, type: parquetTypes[type] })),
      rows: namedLines(runs),
      rowGroupSize: rowsOfGroup,
      createdBy: `tokometer ${runs[0]?.summary.tokometer ?? ''}`,
      kvMetadata: [
        { key: 'tokometer.runs', value: JSON.stringify(runs.map(named)) },
        { key: 'tokometer.columns', value: JSON.stringify(described()) },
      ],
    });
  };
}

async function* namedLines(runs: readonly ExportedRun[]): AsyncGenerator<Record<string, bigint | Field>, void> {
  const { columns } = requestsTable;
  for await (const line of linesOf(requestsTable.name, runs)) {
    const entries = columns.map(({ name, type }, place) => [name, parquetValue(type, line[place] ?? null)]);
    yield Object.fromEntries(entries);
  }
}

function parquetValue(type: ColumnType, field: Field): bigint | Field {
  return type === 'integer' && typeof field === 'number' ? BigInt(field) : field;
}

function named(run: ExportedRun): Record<string, Field> {
  const fields = fieldsOf(runsTable, { run });
  return Object.fromEntries(runsTable.columns.map(({ name }, place) => [name, fields[place] ?? null]));
}

function described(): Record<string, string> {
  return Object.fromEntries(requestsTable.columns.map(({ name, describe }) => [name, describe]));
}
