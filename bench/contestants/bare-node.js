// What Node itself costs: a client that reads and stamps, and understands nothing. Not a tool, but the ground that Tokometer stands on.
import path from 'node:path';

import { staggerUs } from './stagger.js';

const program = path.join(import.meta.dirname, '..', 'truth', 'bare-client.js');

export const bareNode = {
  name: 'bare-node',
  title: 'Node, reading and stamping alone',
  find: () => ({ reason: null, version: process.version }),
  refuses({ rate, promptTokens }) {
    if (rate !== null) return 'it has no open loop';
    return promptTokens === null ? null : 'it sends one word alone';
  },
  command({ workload, requests, port, runningUsage }) {
    const { parallel, tokens } = workload;
    const options = ['--port', port, '--connections', parallel, '--requests', requests, '--tokens', tokens];
    if (runningUsage) options.push('--running-usage');
    if (parallel > 1) options.push('--stagger-us', staggerUs(workload, requests));
    return [process.execPath, program, ...options.map(String)];
  },
  read({ stdout, workload }) {
    const { requests } = JSON.parse(stdout);
    return { requests, tokens: requests * workload.tokens };
  },
};
