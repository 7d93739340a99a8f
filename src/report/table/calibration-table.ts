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
      `Tokens/s taken, ${highestRate.streams} streams`,
      whole(highestRate.median),
      '',
      `${whole(highestRate.min)} to ${whole(highestRate.max)}`,
      formatCount(highestRate.n),
    ],
  );
  return `${table.toString()}
Latency floor  TTFT of a request that is answered at once: socket, server and client together
Round trip     the answer of the system to a new connection on this machine
Stamp error    client stamp - server stamp of the same token, one each ${one.gapMs} ms in a stream
Highest rate   ${whole(highestRate.tokensPerSecond)} tokens/s on one thread: what it took (windows of ${highestRate.windowMs} ms) / the ${formatSignificant(100 * highestRate.clientBusy, 2)} % of the time that it was at work
Machine        ${calibration.hostCpu}, ${calibration.cores} cores, kernel ${calibration.kernel}, Node ${calibration.node}, Tokometer ${calibration.tokometer}
Kept           ${path}
${calibration.disturbances.map((text) => `Disturbed      ${text}: measure again when the machine is quiet\n`).join('')}`;
}

function timeRow(name: string, { p50, p99, min, max, n }: CalibratedTime): string[] {
  return [name, ms(p50), ms(p99), `${ms(min)} to ${ms(max)}`, formatCount(n)];
}

function ms(value: number): string {
  return value.toFixed(3);
}

function whole(value: number): string {
  return formatCount(Math.round(value));
}
