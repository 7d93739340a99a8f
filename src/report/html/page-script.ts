import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { packageRoot } from '../../base/package-root.ts';

export interface PageScript {
  readonly text: string;
  /** As a policy names it. */
  readonly hash: string;
}

let read: PageScript | null = null;

/** The script of the page, which the build makes of `web/`. Read when the first page is made. */
export function pageScript(): PageScript {
  read ??= readScript();
  return read;
}

function readScript(): PageScript {
  const file = new URL('dist/web/report.js', packageRoot);
  // Within a page these would end the script, whatever they stand in.
  const text = readFileSync(file, 'utf8')
    .replaceAll(/<(?=\/script|!--)/gi, String.raw`\x3c`)
    .trim();
  return { text, hash: createHash('sha256').update(text).digest('base64') };
}
