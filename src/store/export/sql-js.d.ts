// The package brings no types along: these are the parts that are used.
declare module 'sql.js' {
  interface Statement {
    run(values: readonly (string | number | null)[]): void;
    free(): void;
  }
  interface Database {
    run(sql: string): void;
    prepare(sql: string): Statement;
    /** The whole file; closes all statements. */
    export(): Uint8Array;
    close(): void;
  }
  interface SqlJs {
    readonly Database: new () => Database;
  }
  const initSqlJs: () => Promise<SqlJs>;
  // oxlint-disable-next-line import/no-default-export -- the package has nothing else
  export default initSqlJs;
}
