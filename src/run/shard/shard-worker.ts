// A client thread, the entry of a worker: comes in a ShardJob and orders to send its part of a pass, go out records in
// batches. It has an HTTP client, a request source and a live loop of its own, and shares with the others the run clock's zero,
// the counters' memory and the ticket of a closed loop. It must not know the store, metrics or the terminal.
import { parentPort, workerData } from 'node:worker_threads';
import { startRunClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { LiveCounters } from '../../base/live-counters.ts';
import type { Tell } from '../../contract/engine.ts';
import type { RequestRecord } from '../../contract/record.ts';
import { openEndpoint } from '../../engine/registry.ts';
import { createRequestSource } from '../../workload/request-source.ts';
import { sendPass } from '../send-pass.ts';
import { RecordBatches } from './record-batches.ts';
import type { PassOrder, ShardJob, ShardOrder, ShardReport } from './shard-job.ts';

if (parentPort === null) throw new Error('a client thread is started by a run');
await serve(parentPort, workerData);

async function serve(port: NonNullable<typeof parentPort>, job: ShardJob): Promise<void> {
  const { plan, endpoint, recipe, nonce } = job;
  const say = (report: ShardReport): void => port.postMessage(report);
  const clock = startRunClock(job.originNs);
  const counters = new LiveCounters(job.counters, job.shard);
  const engine = await openEndpoint({ endpoint, clock, tell: tellOf(say, plan.output.debug) });
  const source = createRequestSource({ recipe, seed: plan.workload.seed, nonce, outputs: plan.workload });
  const batches = new RecordBatches((records) => {
    const report: ShardReport = { kind: 'records', records };
    port.postMessage(report, records.flatMap(buffersOf));
  });
  let running = new AbortController();

  const send = async (order: PassOrder): Promise<void> => {
    running = new AbortController();
    engine.learn?.(order.agreement);
    const { seed } = plan.workload;
    const sender = { engine, source, clock, signal: running.signal, seed, thread: order };
    let problem: string | null = null;
    try {
      if (order.recorded) await sendPass({ ...sender, counters }, order.pass, (record) => batches.add(record));
      else await sendPass({ ...sender, counters: new LiveCounters() }, order.pass, () => undefined);
    } catch (error) {
      problem = messageOf(error);
    }
    batches.flush();
    say({ kind: 'passEnd', agreement: engine.endpoint?.().agreement ?? order.agreement, problem });
  };

  port.on('message', (order: ShardOrder) => {
    switch (order.kind) {
      case 'pass':
        void send(order);
        break;
      case 'abort':
        running.abort();
        break;
      case 'close':
        void engine.close();
        port.close();
        break;
    }
  });
  say({ kind: 'ready' });
}

// The road to the server was told of when the main thread tested it.
function tellOf(say: (report: ShardReport) => void, isDebug: boolean): Tell {
  return {
    note: () => undefined,
    warning: (text) => say({ kind: 'warning', text }),
    debug: (text) => {
      if (isDebug) say({ kind: 'debug', text });
    },
  };
}

/** The stamps change hands instead of being copied; counts may be shared between records. */
function buffersOf({ chunkNs }: RequestRecord): ArrayBuffer[] {
  return chunkNs.buffer instanceof ArrayBuffer ? [chunkNs.buffer] : [];
}
