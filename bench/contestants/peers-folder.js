import path from 'node:path';

/** Where bench/peers.js keeps the peers. */
export const peersFolder = path.join(import.meta.dirname, '..', '..', '.cache', 'peers');

/** A tokenizer for tools that insist on one. */
export const tokenizerFolder = path.join(peersFolder, 'tokenizer');

/** What is installed for each peer, and with which Python. */
export const peers = [
  {
    name: 'evalscope',
    program: 'evalscope',
    packages: ['evalscope[perf]==1.14.1', 'torch==2.13.0'],
    pythons: ['python3.11', 'python3.12', 'python3.10'],
  },
  {
    name: 'guidellm',
    program: 'guidellm',
    packages: ['guidellm==0.8.1', 'torch==2.13.0'],
    pythons: ['python3.11', 'python3.12', 'python3.13', 'python3.10'],
  },
  {
    name: 'aiperf',
    program: 'aiperf',
    packages: ['aiperf==0.13.0'],
    pythons: ['python3.11', 'python3.12', 'python3.13', 'python3.10'],
  },
  {
    name: 'inference-perf',
    program: 'inference-perf',
    packages: ['inference-perf==0.7.0'],
    pythons: ['python3.12', 'python3.13'],
  },
];
