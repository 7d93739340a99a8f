import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { calibrationPath, readCalibration, writeCalibration } from '../../../src/store/calibration-file.ts';
import { scriptedCalibration } from '../../support/calibration.ts';
import { temporaryFolder } from '../../support/tokometer.ts';

async function stateFolder(): Promise<{ XDG_STATE_HOME: string }> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  return { XDG_STATE_HOME: path.join(folder.path, 'state') };
}

test('a calibration is kept below the state folder, and read back', async () => {
  const environment = await stateFolder();
  expect(await readCalibration(environment)).toEqual({ calibration: null, damage: null });
  const file = await writeCalibration(environment, scriptedCalibration);
  expect(file).toBe(path.join(environment.XDG_STATE_HOME, 'tokometer', 'calibration.json'));
  expect(await readFile(file, 'utf8')).toMatch(/^\{\n {2}"v": 1,/);
  expect(await readCalibration(environment)).toEqual({ calibration: scriptedCalibration, damage: null });
});

test('without a state folder of its own it is in the home folder; a relative one does not count', () => {
  const expected = '/home/somebody/.local/state/tokometer/calibration.json';
  expect(calibrationPath({ HOME: '/home/somebody' })).toBe(expected);
  expect(calibrationPath({ HOME: '/home/somebody', XDG_STATE_HOME: 'state' })).toBe(expected);
});

test.each([
  ['half a file', '{"v": 1, "tok', /Unterminated|JSON/],
  ['another version', JSON.stringify({ ...scriptedCalibration, v: 2 }), /\(v: /],
  ['a hole', JSON.stringify({ ...scriptedCalibration, latencyFloor: { n: 500 } }), /\(latencyFloor\.p50: /],
])('%s is not used, and one sentence says what to do', async (_, text, why) => {
  const environment = await stateFolder();
  const file = calibrationPath(environment);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  const { calibration, damage } = await readCalibration(environment);
  expect(calibration).toBeNull();
  expect(damage).toContain(`The calibration ${file} can't be read (`);
  expect(damage).toMatch(why);
  expect(damage).toMatch(/tokometer doctor --calibrate makes it anew$/);
});

test('a place that can not be written is an error with a way out', async () => {
  const environment = await stateFolder();
  await writeFile(environment.XDG_STATE_HOME, 'a file where a folder should be');
  await expect(writeCalibration(environment, scriptedCalibration)).rejects.toMatchObject({
    code: 'E_OUTPUT',
    hint: 'choose a folder that can be written with XDG_STATE_HOME',
  });
});
