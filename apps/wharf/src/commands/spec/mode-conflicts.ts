import { InvalidArgumentError } from '@wharf/core';
import type { SpecFlags } from './flags.js';

/**
 * Refuses what a container cannot have that has no network of its own.
 * @throws InvalidArgumentError in docker's words
 */
export function checkModeConflicts(mode: string, flags: SpecFlags): void {
  const joined = mode.startsWith('container:');
  if (mode === 'container:') {
    throw new InvalidArgumentError('invalid container format container:<name|id>');
  }
  if ((joined || mode === 'host') && flags.link.length > 0) {
    throw conflict(
      `${joined ? 'container type network' : 'host type networking'} can't be used with links. This would result in undefined behavior`,
    );
  }
  const addressed = [flags.ip, flags.ip6].some((text) => text !== undefined && text !== '');
  if (['', 'default', 'bridge', 'host', 'none'].includes(mode) && addressed) {
    throw new InvalidArgumentError(
      'user specified IP address is supported on user defined networks only',
    );
  }
  const wrong = joined ? ofJoined.find(([given]) => given(flags)) : undefined;
  if (wrong !== undefined) throw conflict(wrong[1]);
}

const ofJoined: readonly (readonly [given: (flags: SpecFlags) => boolean, why: string])[] = [
  [(flags) => flags.hostname !== undefined, 'hostname and the network mode'],
  [(flags) => flags.dns.length > 0, 'dns and the network mode'],
  [(flags) => flags.addHost.length > 0, 'custom host-to-IP mapping and the network mode'],
  [(flags) => (flags.macAddress ?? '') !== '', 'mac-address and the network mode'],
  [
    (flags) => flags.publish.length > 0 || flags.publishAll,
    'port publishing and the container type network mode',
  ],
  [(flags) => flags.expose.length > 0, 'port exposing and the container type network mode'],
];

function conflict(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`conflicting options: ${what}`);
}
