import { InvalidArgumentError, printable } from '@wharf/core';

/** Lines for /proc/PID/uid_map and gid_map, user_namespaces(7). */
export interface IdMaps {
  readonly uids: string;
  readonly gids: string;
}

const largest = 2 ** 32 - 1;

/**
 * Reads `uids=HOST-CONTAINER-LENGTH[#...];gids=...`: who owns a file as HOST is CONTAINER in the mount. Where one of the
 * two is missing it is as the other.
 * @throws InvalidArgumentError
 */
export function parseIdmap(text: string): IdMaps {
  const given = new Map<string, string>();
  for (const part of text.split(';')) {
    const [key = '', ranges = ''] = part.split('=', 2);
    if ((key !== 'uids' && key !== 'gids') || given.has(key)) throw refused(text);
    given.set(
      key,
      ranges
        .split('#')
        .map((range) => lineOf(range, text))
        .join('\n'),
    );
  }
  const uids = given.get('uids') ?? given.get('gids') ?? '';
  return { uids, gids: given.get('gids') ?? uids };
}

/** `inside outside length`: the id on disk is that inside of the mapping's namespace, idmapped mounts map it outwards. */
function lineOf(range: string, text: string): string {
  if (!/^[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,10}$/.test(range)) throw refused(text);
  const [host = 0, container = 0, length = 0] = range.split('-').map(Number);
  const fits = host + length <= largest && container + length <= largest;
  if (length === 0 || !fits) throw refused(text);
  return `${host} ${container} ${length}`;
}

function refused(text: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `invalid idmap ${printable(text)}: write it like uids=1000-0-1;gids=1000-0-1`,
  );
}
