import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FileFault } from './send-file.ts';
import type { ServedModel } from './served-model.ts';

/** May be changed while the server runs. */
export interface HubFaults {
  /** Hub ids that only this token opens. */
  gated?: Readonly<Record<string, string>>;
  /** What happens to the next readings of a file, one each, by its path; then it is served well. */
  files?: Record<string, FileFault[]>;
  /** What happens to the next listings and questions, one each. */
  questions?: { status: number; headers?: Readonly<Record<string, string>> }[];
  /** Files that are listed with another size. */
  listedBytes?: Readonly<Record<string, number>>;
  /** ModelScope lists no digests, as for some files. */
  withoutSha256?: boolean;
}

/** What both hubs' routes are given. */
export interface HubRoute {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly models: ReadonlyMap<string, ServedModel>;
  readonly faults: HubFaults;
  readonly pageSize: number;
  /** Where a large file is read. */
  contentUrl(model: ServedModel, path: string): string;
}

/** The next fault of a file, which is used up. */
export function takeFileFault(faults: HubFaults, path: string): FileFault | null {
  return faults.files?.[path]?.shift() ?? null;
}

/** Answers a question with its next fault; false: there is none. */
export function failQuestion({ faults, response }: HubRoute): boolean {
  const fault = faults.questions?.shift();
  if (fault === undefined) return false;
  sendJson(response, fault.status, { error: 'as ordered' }, fault.headers);
  return true;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
