/** Colour only where a person looks, and never against NO_COLOR (no-color.org). */
export function usesColour(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const isRefused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return stream.isTTY === true && !isRefused;
}

/** Columns to lay text out in; 100 where nobody says. */
export function columnsOf(
  stream: { readonly columns?: number },
  environment: Readonly<Record<string, string | undefined>>,
): number {
  const told = stream.columns ?? Number(environment['COLUMNS'] ?? NaN);
  return Number.isFinite(told) && told >= 40 ? told : 100;
}
