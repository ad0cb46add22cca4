import { FailedPreconditionError, isWharfError, WharfError } from '@wharf/core';
import { PassingFault, printable } from '../fault.js';
import type { Retry } from '../fault.js';

interface Where {
  /** `host` or `host:port` as in references. */
  readonly host: string;
  /** The directory of certs.d for it. */
  readonly certsDir: string;
  readonly secure: boolean;
}

const untrusted: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'it is signed by an unknown authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'it is signed by an unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'it is signed by an unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'it is signed by an unknown authority'],
]);

const invalid: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['CERT_REVOKED', 'it was revoked'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another name'],
]);

const passing: ReadonlyMap<string, readonly [string, Retry]> = new Map([
  ['ECONNREFUSED', ['connection refused', 'midway']],
  ['ENOTFOUND', ['no such host', 'midway']],
  ['EHOSTUNREACH', ['no route to host', 'midway']],
  ['ENETUNREACH', ['network is unreachable', 'midway']],
  ['EAI_AGAIN', ['the name server does not answer', 'soon']],
  ['ECONNRESET', ['the connection was closed before the answer was complete', 'soon']],
  ['ECONNABORTED', ['the connection was aborted', 'soon']],
  ['EPIPE', ['the connection was closed before the answer was complete', 'soon']],
  ['ETIMEDOUT', ['connection timed out', 'soon']],
]);

/** An error of a connection or of the HTTP parser as a failure that names host, cause and remedy. */
export function explain(error: unknown, where: Where): WharfError {
  if (isWharfError(error) && error.code !== 'unavailable') return error;
  if (error instanceof PassingFault) return error;
  const code = codeOf(error);
  const facts = { host: where.host, cause: code };
  const known = passing.get(code);
  if (known !== undefined) {
    const [why, retry] = known;
    return new PassingFault('unavailable', `${where.host}: ${why}`, { cause: error, facts, retry });
  }
  const why = certificateProblem(code, where) ?? tlsProblem(error, code, where);
  if (why !== undefined) return new FailedPreconditionError(why, { cause: error, facts });
  if (code.startsWith('HPE_')) return malformed(error, code, where);
  const text = error instanceof Error ? printable(error.message) : 'unknown fault';
  const message = isWharfError(error) ? text : `${where.host}: ${text}`;
  return new PassingFault('unavailable', message, { cause: error, facts, retry: 'midway' });
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if ('errno' in error && typeof error.errno === 'string') return error.errno;
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function certificateProblem(code: string, { host, certsDir }: Where): string | undefined {
  const distrust = untrusted.get(code);
  if (distrust !== undefined) {
    return `cannot trust the certificate of ${host}: ${distrust}, put the authority's certificate at ${certsDir}/ca.crt`;
  }
  const why = invalid.get(code);
  if (why === undefined) return undefined;
  return `cannot trust the certificate of ${host}: ${why}, its operator must renew it`;
}

function tlsProblem(error: unknown, code: string, { host, certsDir }: Where): string | undefined {
  const message = error instanceof Error ? error.message.toLowerCase() : '';
  if (!code.startsWith('ERR_SSL_') && code !== 'EPROTO' && !message.includes('ssl'))
    return undefined;
  const has = (...words: string[]): boolean =>
    words.some((word) => message.includes(word) || code.toLowerCase().includes(word));
  if (has('protocol version', 'protocol_version', 'unsupported protocol', 'unsupported_protocol')) {
    return `${host} speaks only a version of TLS before 1.2: refused, its operator must enable TLS 1.2`;
  }
  if (has('wrong version number', 'wrong_version_number', 'packet length', 'packet_length')) {
    return `${host} answers plain http on a port for https: if that is meant, name it as an insecure registry`;
  }
  if (has('certificate required', 'certificate_required', 'handshake failure', 'bad certificate')) {
    return `${host} refuses the TLS handshake: if it wants a client certificate, put it at ${certsDir}/client.cert and client.key`;
  }
  return `TLS with ${host} failed: ${printable(message)}`;
}

function malformed(error: unknown, code: string, { host, secure }: Where): WharfError {
  const facts = { host, cause: code };
  if (code === 'HPE_HEADER_OVERFLOW') {
    const text = `${host}: the headers of the answer are larger than 64 KiB`;
    return new WharfError('resource-exhausted', text, { cause: error, facts });
  }
  const hint = secure ? '' : ': if it speaks https, do not name it as an insecure registry';
  const text = `${host}: the answer is not valid http (${code})${hint}`;
  return new WharfError('data-loss', text, { cause: error, facts });
}
