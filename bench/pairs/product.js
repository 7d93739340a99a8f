// The product's side: an engine that is opened once, and then single requests through the same code as a run's, with
// each record on disk.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { startRunClock } from '../../dist/base/clock.js';
import { LiveCounters } from '../../dist/base/live-counters.js';
import { plan as planOf } from '../../dist/index.js';
import { measure } from '../../dist/run/measure.js';
import { openSession } from '../../dist/run/session.js';
import { silentObserver } from '../../dist/run/silent-observer.js';
import { Watch } from '../../dist/run/watch.js';
import { openRunStore } from '../../dist/store/run-store.js';
import { createRequestSource } from '../../dist/workload/request-source.js';

/** Opens the engine of a plan with one cell. `options`: those of the library's `plan`; `engine`: fields put over its engine's. */
export async function openProduct(options, signal, engine = {}) {
  const made = planOf({ repetitions: 1, warmups: 0, ...options });
  const plan = { ...made, engine: { ...made.engine, ...engine } };
  const [cell] = plan.cells;
  const directory = await mkdtemp(path.join(os.tmpdir(), 'tokometer-pairs-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const clock = startRunClock();
    const session = await openSession({ plan, clock, observer: silentObserver, signal, directory });
    const store = await openRunStore(directory);
    const { minOutputTokens, temperature, extraArguments, seed } = plan.workload;
    const source = createRequestSource({
      recipe: session.recipe,
      seed,
      nonce: 'pairs',
      outputs: { minOutputTokens, temperature, extraArguments },
    });
    const counters = new LiveCounters();
    const watched = { tool: null, devices: [], reason: 'only times are compared' };
    const watch = await Watch.open({
      plan: plan.engine,
      watched,
      engine: session.engine.facts(),
      clock,
      observer: silentObserver,
      append: store.appendTelemetry.bind(store),
    });

    /** Sends the request with this index; a request that fails or has wrong counts ends the comparison. */
    const request = async (index) => {
      const pass = {
        index,
        cell,
        phase: 'measured',
        execution: 1,
        executions: 1,
        isOpen: false,
        repetition: index + 1,
        repetitions: index + 1,
        requests: 1,
        firstRequest: index,
        ahead: [],
        deadlineMs: null,
      };
      const records = [];
      const keep = (record) => {
        records.push(record);
        store.appendRecord(record);
      };
      await measure({
        source,
        clock,
        counters,
        observer: silentObserver,
        signal,
        seed,
        serverMemory: null,
        watch,
        threads: null,
        engine: session.engine,
        // One request, and nothing to decide.
        schedule: { steps: () => [{ kind: 'pass', pass }].values() },
        startExecution: async () => undefined,
        notePass: () => undefined,
        keepDecisions: async () => undefined,
        keep,
        flush: () => store.flush(),
      });
      const [record] = records;
      signal.throwIfAborted();
      if (record?.outcome.status !== 'ok' || record.outputTokens !== cell.outputTokens) {
        throw new Error(`request ${index} failed: ${record?.outcome.message ?? 'wrong number of tokens'}`);
      }
      return timesOf(record);
    };
    const promptIds = (index) => {
      const { promptTokens, outputTokens } = cell;
      return Array.from(source.at({ index, promptTokens, outputTokens }).prompt.ids);
    };
    const close = async () => {
      await watch.close();
      await store.close();
      await session.close();
      await remove();
    };
    return { facts: () => session.engine.facts(), request, promptIds, close, outputTokens: cell.outputTokens };
  } catch (error) {
    await remove();
    throw error;
  }
}

function timesOf(record) {
  const firstNs = record.chunkNs[0];
  const lastNs = record.chunkNs.at(-1);
  return {
    wholeNs: lastNs - record.sentNs,
    ttftNs: firstNs - record.sentNs,
    decodeNs: lastNs - firstNs,
    // As in the product's own mark: more than 5 % of the chunks came in one read with the one before.
    isCoalesced:
      record.chunkNs.filter((stamp, place) => place > 0 && stamp === record.chunkNs[place - 1]).length >
      record.chunkNs.length * 0.05,
  };
}
