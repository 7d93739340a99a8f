import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { peers, peersFolder } from './peers-folder.js';

const offline = { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' };

/** A contestant from what is special of a peer: it is there when bench/peers.js has installed it, and never calls a model hub. */
export function peer({
  name,
  title,
  refuses = () => null,
  environment = offline,
  prepare = () => undefined,
  command,
  read,
}) {
  const file = peers.find((one) => one.name === name)?.program ?? name;
  const folder = path.join(peersFolder, name);
  const program = path.join(folder, 'bin', file);
  return {
    name,
    title,
    refuses,
    isPeer: true,
    find() {
      const mark = path.join(folder, 'packages.txt');
      if (!existsSync(program) || !existsSync(mark))
        return { reason: 'not installed (npm run bench:peers)', version: null };
      return { reason: null, version: /==([\w.]+)/.exec(readFileSync(mark, 'utf8'))?.[1] ?? null };
    },
    environment: () => ({ HF_HUB_DISABLE_TELEMETRY: '1', DO_NOT_TRACK: '1', ...environment }),
    command(place) {
      prepare(place);
      return command({ ...place, program }).map(String);
    },
    read: (place) => ({ requests: null, tokens: null, errorUs: null, ttftMs: null, ...read(place) }),
  };
}
