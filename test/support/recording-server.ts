// A server between a client and the server that answers: keeps each request as it came, and how many were in flight.
import { createServer, request as send } from 'node:http';

export interface RecordingServer {
  readonly url: string;
  /** Of each generation request: its head, and its body, as one text. */
  readonly requests: string[];
  readonly mostInFlight: () => number;
  /** Forgets what came so far. */
  clear(): void;
  close(): Promise<void>;
}

/** Starts it before a server on this machine. */
export async function recordRequests(target: string): Promise<RecordingServer> {
  const requests: string[] = [];
  let inFlight = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const generates = request.method === 'POST';
      if (generates) {
        requests.push(`${request.rawHeaders.join('\n')}\n\n${body.toString()}`);
        most = Math.max(most, ++inFlight);
        response.once('close', () => inFlight--);
      }
      const { method = 'GET', headers } = request;
      const forwarded = send(new URL(request.url ?? '/', target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      response.once('close', () => forwarded.destroy());
      forwarded.on('error', () => response.destroy());
      forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    mostInFlight: () => most,
    clear: () => {
      requests.length = 0;
      most = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
