import CliTable from 'cli-table3';

import { formatCount, formatSignificant } from '../../base/units.ts';
import type { CalibratedTime, Calibration } from '../../contract/calibration.ts';

/** A calibration as a table, with what its rows mean below it. */
export function renderCalibration(calibration: Calibration, path: string): string {
  const { latencyFloor, roundTrip, stampError, highestRate } = calibration;
  const table = new CliTable({
    head: ['Client', 'p50', 'p99', 'min to max', 'n'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const { one, many } = stampError;
  table.push(
    timeRow('Latency floor (ms)', latencyFloor),
    timeRow('Round trip (ms)', roundTrip),
    timeRow(`Stamp error, ${one.streams} stream (ms)`, one),
    timeRow(`Stamp error, ${many.streams} streams (ms)`, many),
    [
      `Highest rate, ${highestRate.streams} streams (tokens/s)`,
      whole(highestRate.median),
      '',
      `${whole(highestRate.min)} to ${whole(highestRate.max)}`,
      formatCount(highestRate.n),
    ],
  );
  const limit = highestRate.clientBusy < atWork ? '; the server was the limit, and the client takes more' : '';
  return `${table.toString()}
Latency floor  TTFT of a request that is answered at once: socket, server and client together
Round trip     the answer of the system to a new connection on this machine
Stamp error    client stamp - server stamp of the same token, one each ${one.gapMs} ms in a stream
Highest rate   from a server that does not wait, in windows of ${highestRate.windowMs} ms; the client was at work ${formatSignificant(100 * highestRate.clientBusy, 2)} % of the time${limit}
Machine        ${calibration.hostCpu}, ${calibration.cores} cores, kernel ${calibration.kernel}, Node ${calibration.node}, Tokometer ${calibration.tokometer}
Kept           ${path}
${calibration.disturbances.map((text) => `Disturbed      ${text}: measure again when the machine is quiet\n`).join('')}`;
}

// Below this the loop of the client waited for the server.
const atWork = 0.9;

function timeRow(name: string, { p50, p99, min, max, n }: CalibratedTime): string[] {
  return [name, ms(p50), ms(p99), `${ms(min)} to ${ms(max)}`, formatCount(n)];
}

function ms(value: number): string {
  return value.toFixed(3);
}

function whole(value: number): string {
  return formatCount(Math.round(value));
}
