import type { RequestRecord } from '../contract/record.ts';
import type { RequestPoint } from '../contract/workload.ts';

/** One request to send, and where its record belongs. */
export interface WorkItem extends Pick<RequestRecord, 'cell' | 'execution' | 'repetition' | 'phase' | 'shard'> {
  readonly point: RequestPoint;
}
