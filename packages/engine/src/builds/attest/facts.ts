import type { Platform } from '@wharf/oci';
import type { PinKind } from '../pins.js';

/** What a build knows of itself when its steps are done. */
export interface BuildFacts {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly builderPlatform: Platform;
  /** The Dockerfile and what it includes, by name; the Dockerfile first. */
  readonly sources: ReadonlyMap<string, { readonly text: string }>;
  /** What names have meant, as Dockerfile.lock has them. */
  readonly used: Readonly<Record<PinKind, ReadonlyMap<string, string>>>;
}
