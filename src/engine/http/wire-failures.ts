import { messageOf, systemCodeOf } from '../../base/errors.ts';
import type { WireFailure } from './transport.ts';

const wordsOf: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be resolved',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  ETIMEDOUT: 'the host did not answer',
  ECONNRESET: 'the server closed the connection while it was opened',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain ends in one that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by an authority that is trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by an authority that is trusted here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  EPROTO: 'the TLS handshake failed',
};

/** Whether a code is TLS's own: the host answers, but its certificate or protocol is refused. */
export function isCertificateCode(code: string | null): boolean {
  return code !== null && /CERT|SIGNATURE|ISSUER/.test(code);
}

export function isNoTlsCode(code: string | null): boolean {
  return code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' || code === 'EPROTO';
}

/** Why a connection could not be opened; null: the other side closed it meanwhile. */
export function connectFailure(error: Error | null): WireFailure {
  // Several addresses were tried: the first one's error stands for all.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = systemCodeOf(first) ?? systemCodeOf(error);
  if (first === null) return { kind: 'connect', message: wordsOf['ECONNRESET'] ?? '', code: 'ECONNRESET' };
  const words = code === null ? null : wordsOf[code];
  const detail = code ?? messageOf(first);
  return {
    kind: 'connect',
    message: words === null || words === undefined ? messageOf(first) : `${words} (${detail})`,
    code,
  };
}

/** An open connection ended under a request: `error` null, the other side closed it. `started`: its answer had begun. */
export function brokenFailure(error: Error | null, started: boolean): WireFailure {
  const code = systemCodeOf(error);
  const words = error === null ? 'the server closed the connection' : `the connection broke (${code ?? error.message})`;
  const place = started ? 'in the middle of its answer' : 'before it answered';
  const kind = error === null && started ? 'truncated' : 'reset';
  return { kind, message: `${words} ${place}`, code };
}
