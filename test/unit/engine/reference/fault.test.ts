import { describe, expect, it } from 'vitest';
import { TokometerError } from '../../../../src/base/errors.ts';
import { faultKinds, faultsAt, parseFault } from '../../../../src/engine/reference/fault.ts';

describe('faults', () => {
  it('reads every kind, with and without a number', () => {
    for (const kind of faultKinds) {
      expect(parseFault(kind)).toEqual({ kind, everyNth: 1 });
      expect(parseFault(`${kind}@3`)).toEqual({ kind, everyNth: 3 });
    }
  });

  it('keeps the name of a refused field', () => {
    expect(parseFault('refuse-field:min_tokens@2')).toEqual({ kind: 'refuse-field:min_tokens', everyNth: 2 });
  });

  it.each(['', 'http-501', 'html@0', 'html@x', 'html@1.5', 'refuse-field', 'refuse-field:', '@2'])(
    'refuses %j and lists the kinds',
    (text) => {
      let caught: unknown = null;
      try {
        parseFault(text);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(TokometerError);
      expect(caught).toMatchObject({ code: 'E_USAGE', exitCode: 2 });
      for (const kind of faultKinds) expect(caught).toHaveProperty('hint', expect.stringContaining(kind));
    },
  );

  it('strikes every nth request', () => {
    const faults = [parseFault('html@3'), parseFault('no-usage')];
    const struck = [1, 2, 3, 4, 5, 6].filter((ordinal) => faultsAt(faults, ordinal).has('html'));
    expect(struck).toEqual([3, 6]);
    expect(faultsAt(faults, 1)).toEqual(new Set(['no-usage']));
  });
});
