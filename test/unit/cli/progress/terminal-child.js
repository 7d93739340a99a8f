// Run under a pseudo-terminal by terminal.test.ts: a short run on the built progress view, on the real clock.
const [built] = process.argv.slice(2);
const { createProgress } = await import(new URL('cli/progress/progress.js', built).href);
const { LiveCounters } = await import(new URL('base/live-counters.js', built).href);

const counters = new LiveCounters();
const view = createProgress({
  stream: process.stderr,
  counters,
  quiet: false,
  debug: false,
  logEveryRequests: 1,
  colour: true,
  now: () => performance.now(),
});
view.title('tokometer perf · reference');
view.stage('engine', 'ready');
const load = { kind: 'speed', promptTokens: 64, outputTokens: 128, parallel: 1, arrival: null };
const pass = { cell: 'p64', ...load, phase: 'measured', repetition: 1, repetitions: 1 };
const place = { execution: 1, executions: 1, isOpen: false };
view.pass({ ...pass, ...place, remainingMs: 5000 });
for (let tick = 0; tick < 10; tick++) {
  await new Promise((resolve) => setTimeout(resolve, 60));
  counters.add('requestTokens', 6);
}
view.warning('a warning that is longer than the forty columns of this terminal');
const result = { done: 1, total: 1, failed: 0, promptTokens: 64, outputTokens: 128, phase: 'measured' };
view.request({ ...result, ttftMs: 50, tokensPerSecond: 99.5, failure: null });
view.stop();
process.stdout.write(`columns ${process.stderr.columns}\n`);
