import type { ColumnType, ExportedRun, Field } from '../../contract/export.ts';
import { loadOptional } from '../optional-package.ts';
import { linesOf, type TableForm, tableForms } from './tables.ts';

const sqliteTypes: Readonly<Record<ColumnType, string>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  // SQLite has neither: 0 and 1, and a text that its date functions read.
  boolean: 'INTEGER',
  timestamp: 'TEXT',
};

type SqliteWriter = (runs: readonly ExportedRun[]) => Promise<Uint8Array>;

/** All tables of all runs in one SQLite file, which is held in memory while it is made. Throws E_MISSING_PACKAGE. */
export async function loadSqliteWriter(): Promise<SqliteWriter> {
  const { default: start } = await loadOptional(['sql.js'], '--format sqlite', () => import('sql.js'));
  const { Database } = await start();
  return async (runs) => {
    const database = new Database();
    try {
      database.run('BEGIN');
      for (const form of tableForms) {
        database.run(createTable(form));
        const insert = database.prepare(`INSERT INTO "${form.name}" VALUES (${form.columns.map(() => '?').join()})`);
        for await (const line of linesOf(form.name, runs)) insert.run(line.map(sqliteValue));
        insert.free();
      }
      database.run('COMMIT');
      return database.export();
    } finally {
      database.close();
    }
  };
}

function createTable({ name, columns, key }: TableForm): string {
  const lines = columns.map((column) => `  "${column.name}" ${sqliteTypes[column.type]}`);
  return `CREATE TABLE "${name}" (\n${[...lines, `  PRIMARY KEY (${key.join(', ')})`].join(',\n')}\n)`;
}

function sqliteValue(field: Field): string | number | null {
  return typeof field === 'boolean' ? Number(field) : field;
}
