import { expect, test } from 'vitest';

import { csvLine } from '../../../src/base/csv.ts';

test.each([
  [['a', 1, true, null], 'a,1,true,\n'],
  [['two\nlines', 'a,b', 'say "x"'], '"two\nlines","a,b","say ""x"""\n'],
  [['=1+1', '@sum', '-x', '+y'], "'=1+1,'@sum,'-x,'+y\n"],
  [['-1.5', '+3', -2], '-1.5,+3,-2\n'],
])('%j', (fields, line) => {
  expect(csvLine(fields)).toBe(line);
});
