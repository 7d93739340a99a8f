// The limit: a single-threaded C client on epoll that asks for the same as Tokometer and starts its streams at the same pace.

import { staggerUs } from './stagger.js';

export const cClient = {
  name: 'c',
  title: 'C, epoll',
  find: () => ({ reason: null, version: null }),
  refuses: () => null,
  command({ workload, requests, port, tools, runningUsage }) {
    const { parallel, tokens, promptTokens, rate, arrival } = workload;
    const options = ['--port', port, '--connections', parallel, '--requests', requests, '--tokens', tokens];
    if (runningUsage) options.push('--running-usage');
    if (promptTokens !== null) options.push('--ids', promptTokens);
    if (rate !== null) options.push('--rate', rate, '--arrival', arrival);
    else if (parallel > 1) options.push('--stagger-us', staggerUs(workload, requests));
    return [tools.client, ...options.map(String)];
  },
  read({ stdout }) {
    const { requests, failed, tokens, errorMicroseconds, ttftMicroseconds } = JSON.parse(stdout);
    const ttftMs = { p50: ttftMicroseconds.p50 / 1000, p99: ttftMicroseconds.p99 / 1000 };
    return { requests: requests - failed, tokens, errorUs: errorMicroseconds, ttftMs };
  },
};
