import type { ImageManager, Layers } from '@wharf/engine';
import type { DaemonLogger } from '../logger.js';

/** What a crash left behind goes when nobody waits for it; where no layer is known at all the database may be what is gone. */
export async function tidy(
  layers: Pick<Layers, 'list' | 'sweep'>,
  images: Pick<ImageManager, 'collect' | 'relieve'>,
  logger: DaemonLogger,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (layers.list().length > 0) await images.collect({ signal });
    await layers.sweep({ signal });
    images.relieve();
  } catch (error) {
    if (!signal.aborted) logger.warn('tidying the store failed', { error });
  }
}
