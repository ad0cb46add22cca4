import type { Native } from '@wharf/linux/native';
import type { Clock } from './clock.js';
import type { Platform } from './platform.js';
import type { Reaper } from './process/reaper.js';

/** What every part of the shim may use; made once, in `runShim`. */
export interface Host {
  readonly native: Native;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly reaper: Reaper;
  /** A sign of life: memory goes back to the kernel when none has come for a while. */
  readonly touch: () => void;
  /** A shim that was started in reserve gets its place with its task. */
  bundle: string;
  /** Where configurations of processes are written: the bundle, or memory. */
  configs: string;
  /** Mounts that the runtime cannot bear; they go from our own mount namespace. */
  readonly unmount: readonly string[];
  readonly bootId: string;
}
