/** A hint for a name that nobody knows: the nearest that somebody does, or what else to do. */
export async function nearestNameHint(
  word: string,
  names: readonly string[],
  { before, otherwise }: { before: string; otherwise: string },
): Promise<string> {
  const { closest, distance } = await import('fastest-levenshtein');
  const nearest = closest(word, names);
  return distance(word, nearest) <= 3 ? `did you mean ${before} ${nearest}?` : otherwise;
}
