import { InvalidArgumentError, type EgressPolicy } from '@wharf/core';
import { addressFamily, isCidr } from './addresses.js';
import { parsePortRange } from './port-range.js';

/**
 * Reads all --egress of a command: `deny`, `allow`, and `allow=HOST[:PORT],*.DOMAIN,ADDRESS,CIDR`, which denies the
 * rest.
 * @throws InvalidArgumentError
 */
export function parseEgress(texts: readonly string[]): EgressPolicy | undefined {
  if (texts.length === 0) return undefined;
  const allow = texts.flatMap((text) => destinations(text) ?? []);
  const open = texts.includes('allow');
  if (open && (allow.length > 0 || texts.includes('deny'))) {
    throw new InvalidArgumentError(
      'conflicting options: --egress allow lets everything through, leave it out',
    );
  }
  return { default: open ? 'allow' : 'deny', allow: [...new Set(allow)] };
}

function destinations(text: string): readonly string[] | undefined {
  if (text === 'deny' || text === 'allow') return undefined;
  if (!text.startsWith('allow=')) {
    throw new InvalidArgumentError(
      `invalid egress policy: ${text}: use deny, allow, or allow=HOST[:PORT],CIDR`,
    );
  }
  return text.slice('allow='.length).split(',').map(destination);
}

const label = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const host = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*\\.?$`, 'i');

function destination(text: string): string {
  const { name, port } = splitPort(text.trim());
  const range = port === '' ? undefined : parsePortRange(port);
  const badPort = port !== '' && (range === undefined || range.start === 0 || port.includes('-'));
  const numeric = addressFamily(name) !== 0 || isCidr(name);
  // What looks like an address is not a name: 10.0.0.256, 10.0.0.0/33.
  const named = name.length <= 253 && host.test(name) && !/^[0-9.]+$/.test(name);
  if (badPort || (!numeric && !named)) {
    throw new InvalidArgumentError(
      `invalid egress destination: ${JSON.stringify(text)}: use HOST, *.DOMAIN, ADDRESS or CIDR, each with :PORT if you like`,
    );
  }
  if (!numeric) return `${name.toLowerCase().replace(/\.$/, '')}${port === '' ? '' : `:${port}`}`;
  const shown = port !== '' && name.includes(':') ? `[${name}]` : name;
  return `${shown}${port === '' ? '' : `:${port}`}`;
}

/** IPv6 with a port is in brackets. */
function splitPort(text: string): { readonly name: string; readonly port: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return { name: bracketed[1] ?? '', port: portOf(bracketed[2]) };
  const at = text.indexOf(':');
  if (at < 0 || at !== text.lastIndexOf(':')) return { name: text, port: '' };
  return { name: text.slice(0, at), port: portOf(text.slice(at + 1)) };
}

/** A colon with nothing behind it is wrong, not absent. */
function portOf(text: string | undefined): string {
  return text === '' ? '0' : (text ?? '');
}
