// What the command does, in five lines.
import { plan, render, run, summarize } from 'tokometer';

const speed = plan({ api: 'reference', promptLengths: [1, 512], maxTokens: 16, ttftMs: 20, itlMs: 2 });
const { directory } = await run(speed);
const summary = await summarize(directory);
console.log(render(summary, 'table'));
