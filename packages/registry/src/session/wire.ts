import type { Authorizer } from '../auth/authorizer.js';
import type { MirrorFailure, RegistryLimits } from '../config.js';
import type { Transport } from '../http/transport.js';
import type { Hosts } from '../net/hosts.js';
import type { Places } from '../net/places.js';
import type { MirrorHealth } from './mirror-health.js';

/** What all verbs share. */
export interface Wire {
  readonly hosts: Hosts;
  readonly places: Places;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly limits: RegistryLimits;
  readonly health: MirrorHealth;
  readonly onMirrorFailure: (failure: MirrorFailure) => void;
}
