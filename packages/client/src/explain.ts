import { readFileSync, statSync } from 'node:fs';
import { isWharfError, UnavailableError, WharfError } from '@wharf/core';
import { hostText } from './host.js';
import type { Host } from './host.js';

/** Makes of an error of connecting one that says what is wrong and what to do about it. */
export function explainConnectFailure(error: unknown, host: Host): WharfError {
  if (isWharfError(error)) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const where = hostText(host);
  const options = { cause: error, facts: { host: where } };
  if (host.kind === 'unix' && (code === 'EACCES' || code === 'EPERM')) {
    const text = `permission denied on the socket ${where}: ${howToBeAllowed(host.path)}`;
    return new WharfError('permission-denied', text, options);
  }
  if (certificateProblem(code)) {
    const text = `the certificate of the daemon at ${where} is not accepted: ${message}`;
    return new WharfError('unauthenticated', text, options);
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    const text = `cannot connect to the Wharf daemon at ${where}: is wharfd running?`;
    return new UnavailableError(text, options);
  }
  return new UnavailableError(
    `cannot connect to the Wharf daemon at ${where}: ${message}`,
    options,
  );
}

/** OpenSSL's and Node's codes: CERT_HAS_EXPIRED, DEPTH_ZERO_SELF_SIGNED_CERT, ERR_TLS_CERT_ALTNAME_INVALID ... */
function certificateProblem(code: string): boolean {
  return code.includes('CERT') || code.includes('UNABLE_TO_') || code.includes('SELF_SIGNED');
}

function howToBeAllowed(path: string): string {
  const group = groupOf(path);
  if (group === undefined) return 'only its owner may use it: try as root';
  return `be a member of its group (${group}) or root`;
}

/** The group that the socket lets in, if we may see it. */
function groupOf(path: string): string | undefined {
  try {
    const { gid, mode } = statSync(path);
    return (mode & 0o060) === 0o060 ? groupName(gid) : undefined;
  } catch {
    return undefined;
  }
}

/** group(5); its number when it has no name. */
function groupName(gid: number): string {
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [name, , id] = line.split(':');
    if (name !== undefined && id === String(gid)) return name;
  }
  return String(gid);
}
