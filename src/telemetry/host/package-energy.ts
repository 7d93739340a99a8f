import { readdirSync } from 'node:fs';

import { KeptFile } from './kept-file.ts';

const powercapFolder = '/sys/class/powercap';

interface Zone {
  readonly energy: KeptFile;
  readonly rangeMicrojoules: number;
  lastMicrojoules: number;
}

/** Energy that the CPU packages have used since this was made, by RAPL. Most systems show it to root alone. */
export class PackageEnergy {
  readonly #zones: readonly Zone[];
  #microjoules = 0;

  constructor(folder: string = powercapFolder) {
    this.#zones = packageZones(folder);
  }

  /** null where no counter can be read. */
  joules(): number | null {
    if (this.#zones.length === 0) return null;
    for (const zone of this.#zones) {
      const now = zone.energy.number();
      if (now === null) return null;
      // The counter starts again at zero after its range.
      const rise = now - zone.lastMicrojoules;
      this.#microjoules += rise < 0 ? rise + zone.rangeMicrojoules : rise;
      zone.lastMicrojoules = now;
    }
    return this.#microjoules / 1e6;
  }

  close(): void {
    for (const { energy } of this.#zones) energy.close();
  }
}

// intel-rapl:0 is a package; intel-rapl:0:1 is a part of it.
function packageZones(folder: string): Zone[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^intel-rapl:\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const energy = new KeptFile(`${folder}/${name}/energy_uj`);
    const range = new KeptFile(`${folder}/${name}/max_energy_range_uj`);
    const rangeMicrojoules = range.number();
    const lastMicrojoules = energy.number();
    range.close();
    if (lastMicrojoules !== null && rangeMicrojoules !== null) return [{ energy, rangeMicrojoules, lastMicrojoules }];
    energy.close();
    return [];
  });
}
