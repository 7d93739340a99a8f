// A vitest reporter beside the default one: prints each skipped test with its reason, and writes the counts that
// .ci/run closes with to the file named by TOKOMETER_TALLY.
import { writeFileSync } from 'node:fs';

export default class TallyReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const tests = testModules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    const skipped = inState('skipped');
    for (const test of skipped) {
      const { note } = test.result();
      console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${note ?? 'no reason given'}`);
    }
    // A file that does not load, a failing hook and an error outside any test fail no single test: each counts as one.
    const broken = testModules.filter((module) => !module.ok() && ![...module.children.allTests('failed')].length);
    const failed = inState('failed').length + broken.length + unhandledErrors.length;
    const file = process.env.TOKOMETER_TALLY;
    if (file) {
      writeFileSync(file, `${JSON.stringify({ passed: inState('passed').length, failed, skipped: skipped.length })}\n`);
    }
  }
}
