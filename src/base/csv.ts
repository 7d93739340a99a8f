/**
 * One line of CSV with its line break: quoted as RFC 4180 says where it must be, an empty field for null. A text that a spreadsheet
 * would run as a formula gets an apostrophe before it.
 */
export function csvLine(fields: readonly (string | number | boolean | null)[]): string {
  return `${fields.map(csvField).join(',')}\n`;
}

function csvField(value: string | number | boolean | null): string {
  const text = typeof value === 'string' && isFormula(value) ? `'${value}` : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text));
}
