import { InvalidArgumentError, type Ulimit } from '@wharf/core';

/** Names of getrlimit(2) as docker has them. */
const names = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  ),
);

/** Reads `nofile=1024:2048`, `core=-1`. @throws InvalidArgumentError in docker's words */
export function parseUlimit(text: string): Ulimit {
  const [name = '', limits, ...more] = text.split('=');
  if (limits === undefined || more.length > 0) {
    throw new InvalidArgumentError(`invalid ulimit argument: ${text}`);
  }
  if (!names.has(name)) throw new InvalidArgumentError(`invalid ulimit type: ${name}`);
  const [softText = '', hardText = softText, ...rest] = limits.split(':');
  if (rest.length > 0) {
    throw new InvalidArgumentError(
      `too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``,
    );
  }
  const [soft, hard] = [parseLimit(softText), parseLimit(hardText)];
  if (hard !== -1n && (soft === -1n || soft > hard)) {
    const shown = soft === -1n ? '-1 (unlimited)' : String(soft);
    throw new InvalidArgumentError(
      `ulimit soft limit must be less than or equal to hard limit: ${shown} > ${hard}`,
    );
  }
  return { name, soft, hard };
}

function parseLimit(text: string): bigint {
  if (!/^(-1|[0-9]{1,19})$/.test(text) || BigInt(text) >= 2n ** 63n) {
    throw new InvalidArgumentError(`invalid ulimit value: ${JSON.stringify(text)}`);
  }
  return BigInt(text);
}
