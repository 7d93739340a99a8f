/** A task and the time at which it is due; `task` is null once it ran or was cancelled. */
export interface DueEntry {
  readonly dueNs: number;
  readonly sequence: number;
  task: (() => void) | null;
}

/** A binary heap: the earliest entry first, equal ones in the order in which they were added. */
export class DueQueue {
  readonly #entries: DueEntry[] = [];
  #sequence = 0;

  add(dueNs: number, task: () => void): DueEntry {
    const entry = { dueNs, sequence: this.#sequence++, task };
    const entries = this.#entries;
    let place = entries.length;
    entries.push(entry);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = entries[above];
      if (parent === undefined || !isEarlier(entry, parent)) break;
      entries[place] = parent;
      place = above;
    }
    entries[place] = entry;
    return entry;
  }

  /** The earliest entry that was not cancelled. */
  first(): DueEntry | undefined {
    while (this.#entries[0]?.task === null) this.removeFirst();
    return this.#entries[0];
  }

  removeFirst(): void {
    const entries = this.#entries;
    const moved = entries.pop();
    if (moved === undefined || entries.length === 0) return;
    let place = 0;
    for (;;) {
      let below = place * 2 + 1;
      let child = entries[below];
      if (child === undefined) break;
      const right = entries[below + 1];
      if (right !== undefined && isEarlier(right, child)) {
        child = right;
        below++;
      }
      if (!isEarlier(child, moved)) break;
      entries[place] = child;
      place = below;
    }
    entries[place] = moved;
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

function isEarlier(one: DueEntry, other: DueEntry): boolean {
  return one.dueNs < other.dueNs || (one.dueNs === other.dueNs && one.sequence < other.sequence);
}
