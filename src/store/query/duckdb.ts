/**
 * SQL over runs. Comes in: runs and one statement. Goes out: columns and lines. The statement sees four tables in memory and
 * nothing else: no file, no network, no extension, no setting.
 */
import type * as duckdbPackage from '@duckdb/node-api';

import { messageOf, TokometerError } from '../../base/errors.ts';
import type { ColumnType, ExportedRun, Field } from '../../contract/export.ts';
import { linesOf, type TableForm, tableForms } from '../export/tables.ts';
import { loadOptional } from '../optional-package.ts';
import { plainField } from './plain-field.ts';

type DuckDB = typeof duckdbPackage;

/** What a statement gave. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly lines: readonly (readonly Field[])[];
}

const duckTypes: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  real: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};

/** Loads DuckDB. Throws E_MISSING_PACKAGE. */
export function loadDuckDB(): Promise<DuckDB> {
  return loadOptional(['@duckdb/node-api'], 'tokometer query', () => import('@duckdb/node-api'));
}

/** Runs one SQL statement on the tables of some runs. Throws E_USAGE with DuckDB's own words. */
export async function queryRuns(duckdb: DuckDB, runs: readonly ExportedRun[], sql: string): Promise<QueryResult> {
  // Nothing is spilled to a disk: it would lie in the folder where the command was called.
  const instance = await duckdb.DuckDBInstance.create(':memory:', { temp_directory: '' });
  const connection = await instance.connect();
  try {
    for (const form of tableForms) {
      // oxlint-disable-next-line no-await-in-loop -- each reads the records of all runs
      await fillTable(connection, form, { runs, duckdb });
    }
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return await ask(connection, sql);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function fillTable(
  connection: duckdbPackage.DuckDBConnection,
  form: TableForm,
  { runs, duckdb }: { runs: readonly ExportedRun[]; duckdb: DuckDB },
): Promise<void> {
  const columns = form.columns.map(({ name, type }) => `"${name}" ${duckTypes[type]}`);
  await connection.run(`CREATE TABLE "${form.name}" (${columns.join(', ')})`);
  const appender = await connection.createAppender(form.name);
  for await (const line of linesOf(form.name, runs)) {
    form.columns.forEach(({ type }, place) => appendField(appender, type, { field: line[place] ?? null, duckdb }));
    appender.endRow();
  }
  appender.closeSync();
}

function appendField(
  appender: duckdbPackage.DuckDBAppender,
  type: ColumnType,
  { field, duckdb }: { field: Field; duckdb: DuckDB },
): void {
  if (field === null) appender.appendNull();
  else if (type === 'integer') appender.appendBigInt(BigInt(field));
  else if (type === 'real') appender.appendDouble(Number(field));
  else if (type === 'boolean') appender.appendBoolean(Boolean(field));
  else if (type === 'timestamp') {
    appender.appendTimestamp(new duckdb.DuckDBTimestampValue(BigInt(Date.parse(String(field))) * 1000n));
  } else appender.appendVarchar(String(field));
}

async function ask(connection: duckdbPackage.DuckDBConnection, sql: string): Promise<QueryResult> {
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) {
      throw new TokometerError('E_USAGE', `tokometer query takes one SQL statement, got ${statements.count}`, {
        hint: 'such as "select model, decode_speed_tokens_per_s from rows"; it is the last word, in quotes',
      });
    }
    const reader = await connection.runAndReadAll(sql);
    const lines = reader.getRowsJS().map((line) => line.map(plainField));
    return { columns: reader.deduplicatedColumnNames(), lines };
  } catch (error) {
    if (error instanceof TokometerError) throw error;
    const words = messageOf(error).replace('Failed to extract statements: ', '').trim();
    throw new TokometerError('E_USAGE', `DuckDB: ${words}`, {
      hint: 'tokometer query --tables lists the tables and their columns',
      cause: error,
    });
  }
}
