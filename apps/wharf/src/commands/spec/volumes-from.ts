import { InvalidArgumentError } from '@wharf/core';

/**
 * Reads `--volumes-from CONTAINER[:ro|rw]`; SELinux labels are left out.
 * @throws InvalidArgumentError in docker's words
 */
export function parseVolumesFrom(text: string): string {
  const at = text.indexOf(':');
  const container = at < 0 ? text : text.slice(0, at);
  if (container === '') {
    throw new InvalidArgumentError('volumes-from specification cannot be an empty string');
  }
  const mode = at < 0 ? '' : text.slice(at + 1);
  const words = mode === '' ? [] : mode.split(',');
  const kept = words.filter((word) => word !== 'z' && word !== 'Z');
  if (kept.length > 1 || (kept[0] !== undefined && !['ro', 'rw'].includes(kept[0]))) {
    throw new InvalidArgumentError(`invalid mode: ${mode}`);
  }
  return kept.length === 0 ? container : `${container}:${kept[0]}`;
}
