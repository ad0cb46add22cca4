import { argumentError } from '../../argv/usage-error.js';
import type { StopOptions } from '@wharf/core';

/** How `stop` and `restart` end a container. */
export const stopFlags = {
  signal: { type: 'string', short: 's', description: 'Signal to send to the container' },
  time: { type: 'int', hidden: true, description: 'Same as --timeout' },
  timeout: {
    type: 'int',
    short: 't',
    description: 'Seconds to wait before killing the container (-1 waits for ever)',
  },
} as const;

interface Flags {
  readonly signal: string | undefined;
  readonly time: number | undefined;
  readonly timeout: number | undefined;
}

export function stopOptions({ signal, time, timeout }: Flags): Omit<StopOptions, 'signal'> {
  if (time !== undefined && timeout !== undefined) {
    throw argumentError('conflicting options: cannot specify both --timeout and --time');
  }
  const seconds = timeout ?? time;
  return {
    ...(seconds === undefined ? {} : { timeoutSeconds: seconds }),
    ...(signal === undefined ? {} : { stopSignal: signal }),
  };
}
