import { InvalidArgumentError } from '@wharf/core';
import type { Flags } from '../flags.js';
import { integer } from './integer.js';

/** What the flags say of networks, under the keys of the configuration file. */
export function networkSettings(flags: Flags): Record<string, unknown> {
  const options = [...(flags['dns-opt'] ?? []), ...(flags['dns-option'] ?? [])];
  return {
    bridge: flags.bridge,
    bip: flags.bip,
    'default-address-pools': flags['default-address-pool']?.map(addressPool),
    dns: flags.dns,
    'dns-search': flags['dns-search'],
    'dns-opts': options.length === 0 ? undefined : options,
    mtu: integer('--mtu', flags.mtu),
    icc: flags.icc === undefined ? undefined : truth('--icc', flags.icc),
    ip: flags.ip,
    'host-gateway-ips': flags['host-gateway-ip'],
    'bridge-ports': integer('--bridge-ports', flags['bridge-ports']),
    'host-names': hostNames(flags['host-names']),
    'publish-scope': flags['publish-scope'],
    'default-network': flags['default-network'],
  };
}

/** Reads `base=10.200.0.0/16,size=24`. @throws InvalidArgumentError in dockerd's words */
export function addressPool(text: string): { readonly base: string; readonly size: number } {
  const fields = new Map<string, string>();
  for (const field of text.split(',')) {
    const at = field.indexOf('=');
    const name = field.slice(0, Math.max(0, at)).trim().toLowerCase();
    if (at < 0) throw new InvalidArgumentError(`invalid field '${field}' must be a key=value pair`);
    if (name !== 'base' && name !== 'size') {
      throw new InvalidArgumentError(`unexpected key '${name}' in '${field}'`);
    }
    fields.set(name, field.slice(at + 1).trim());
  }
  const [base, size] = [fields.get('base'), integer('size of a pool', fields.get('size'))];
  if (base !== undefined && size !== undefined) return { base, size };
  throw new InvalidArgumentError(
    `--default-address-pool must be base=CIDR,size=LENGTH, not "${text}"`,
  );
}

/** `true`, `false`, or ADDRESS:PORT. */
function hostNames(text: string | undefined): boolean | string | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

/** `--icc=false` as dockerd has it; node's parser knows no switch with a value. */
function truth(name: string, text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError(`${name} must be true or false, not "${text}"`);
}
