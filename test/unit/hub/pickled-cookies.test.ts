import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

import { sessionInCookies } from '../../../src/hub/modelscope/pickled-cookies.ts';

// Written by Python's pickle from a jar of two cookies; the session's expires at 2,000,000,000 s.
const jar = async (protocol: number): Promise<Buffer> => {
  const url = new URL(`../../fixtures/hub/cookies.pickle-${protocol}.base64`, import.meta.url);
  return Buffer.from(await readFile(url, 'utf8'), 'base64');
};

test.each([2, 4])('finds the session in a jar of pickle protocol %d', async (protocol) => {
  expect(sessionInCookies(await jar(protocol), 1_900_000_000_000)).toBe('ms-token-1234');
  expect(sessionInCookies(await jar(protocol), 2_000_000_001_000)).toBeNull();
});

test('a jar that is cut anywhere gives the session or none, and never fails', async () => {
  const whole = await jar(4);
  for (let length = 0; length < whole.length; length++) {
    expect([null, 'ms-token-1234', 'ms-token-1234'.slice(0, -1)]).toContainEqual(
      cutValue(sessionInCookies(whole.subarray(0, length), 1_900_000_000_000)),
    );
  }
});

const cutValue = (value: string | null): string | null =>
  value !== null && 'ms-token-1234'.startsWith(value) ? 'ms-token-1234' : value;
