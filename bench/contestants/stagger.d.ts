import type { Workload } from '../workloads.js';

export function staggerUs(workload: Workload, requests: number): number;
