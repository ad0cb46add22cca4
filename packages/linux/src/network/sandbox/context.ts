import type { InterfaceSpec } from '@wharf/engine/ports';
import type { Native } from '@wharf/linux/native';
import type { HostLink } from '../host/host-link.js';

/** What the verbs of sandboxes share. */
export interface SandboxContext {
  readonly native: Native;
  readonly host: HostLink;
  /** Whether this kernel has IPv6. */
  readonly ipv6: boolean;
}

/** An interface on its way into a namespace. */
export interface Placement {
  readonly spec: InterfaceSpec;
  readonly alias: string;
}

/** One that has arrived, down. */
export interface Placed extends Placement {
  /** In the namespace. */
  readonly index: number;
}
