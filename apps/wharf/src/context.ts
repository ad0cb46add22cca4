import type { Engine } from '@wharf/core';
import type { GlobalFlags } from './argv/index.js';
import type { CliIo } from './io/io.js';

/** What every command works with. */
export interface CliContext {
  readonly io: CliIo;
  readonly globals: GlobalFlags;
  /** Where contexts and the client's config.json are: `~/.wharf`. */
  readonly configDirectory: string;
  /** Connects on first use; later calls give the same engine. */
  engine(): Promise<Engine>;
  /** The engine of another context, by its name. */
  engineOf(contextName: string): Promise<Engine>;
}
