import { calibrationName } from './calibration-name.ts';
import { telemetryName } from './telemetry-file.ts';

/** Every file that a run may leave in its directory, in the order in which they come to be, and what it holds. */
export const runFiles: Readonly<Record<string, string>> = {
  'plan.json': 'What is to be measured, with every default filled in; secrets are masked.',
  'environment.json': 'The machine: processor, memory, devices, system, versions.',
  'manifest.json':
    'What a repetition needs to be the same: variables that engines heed, driver, revision and digests of the model.',
  'engine.json': 'The engine as it said it is: version, device, settings, memory.',
  'engine.log': 'What an engine that was started here wrote.',
  [calibrationName]: 'What the client itself costs on this machine, if it was calibrated.',
  'workload.json': 'The prompts: method, seed, cells as run, SHA-256 of each.',
  'protocol.json': 'What was decided on the way: how warm-ups ended, why repetitions stopped.',
  'records.jsonl': 'One line a request, written as it ends: stamps, counts, outcome. All results are computed from it.',
  [telemetryName]: 'Samples of the machine and of the server while requests ran.',
  'speed_benchmark.json': "EvalScope's file of a standard speed.",
  'report.html': 'The report as one page.',
  'summary.json': 'Every number with unit, formula, n and method; written last.',
};
