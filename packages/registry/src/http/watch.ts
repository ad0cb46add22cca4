import { BodyWatch } from '@wharf/core';
import type { RegistryLimits } from '../config.js';
import { PassingFault } from '../fault.js';

export interface Watched {
  readonly host: string;
  /** Whether the registry sends or takes the body. */
  readonly verb: 'sends' | 'takes';
  /** Ends the exchange with this fault. */
  readonly end: (fault: PassingFault) => void;
}

/** A body that is too slow may come from elsewhere, or later. */
export function watchBody(limits: RegistryLimits, watched: Watched): BodyWatch<PassingFault> {
  return new BodyWatch(limits, {
    ...watched,
    fault: (text, more) => new PassingFault('deadline-exceeded', text, more),
  });
}
