/** Room for the stamps of one request in flight: `stamps[start]` up to `stamps[start + size]`. */
export interface StampRoom {
  readonly stamps: Float64Array;
  readonly start: number;
  readonly size: number;
}

// 512 KiB: hundreds of requests share an array, so that what describes it stays in the processor's caches.
const sharedSize = 65_536;
const stampsPerLine = 8;

/** Room for none. */
export const nowhere: StampRoom = { stamps: new Float64Array(0), start: 0, size: 0 };

const free = new Map<number, StampRoom[]>();
let shared = new Float64Array(0);
let used = 0;

/** Room for at least so many stamps; what it holds is of no meaning. */
export function takeRoom(atLeast: number): StampRoom {
  const size = classOf(atLeast);
  const known = free.get(size)?.pop();
  if (known !== undefined) return known;
  if (size > sharedSize) return { stamps: new Float64Array(size), start: 0, size };
  if (used + size > shared.length) {
    shared = new Float64Array(sharedSize);
    used = 0;
  }
  const start = used;
  used += size;
  return { stamps: shared, start, size };
}

/** Nobody reads or writes the room any more; one that shares no array is left to the collector. */
export function giveRoomBack(room: StampRoom): void {
  if (room === nowhere || room.size > sharedSize) return;
  const rooms = free.get(room.size);
  if (rooms === undefined) free.set(room.size, [room]);
  else rooms.push(room);
}

// Four sizes to a doubling, each an odd number of cache lines: neighbours that are as far in their answers fall into different places
// of the caches.
function classOf(stamps: number): number {
  const lines = Math.ceil(stamps / stampsPerLine);
  const step = 2 ** Math.max(0, Math.floor(Math.log2(lines)) - 2);
  const rounded = Math.ceil(lines / step) * step;
  return (rounded + 1 - (rounded % 2)) * stampsPerLine;
}
