import type { ImageManager, Layers } from '@wharf/engine';
import type { DaemonLogger } from '../logger.js';

/** What a crash left behind goes when nobody waits for it. */
export async function tidy(
  layers: Pick<Layers, 'sweep'>,
  images: Pick<ImageManager, 'collect' | 'relieve'>,
  logger: DaemonLogger,
  signal: AbortSignal,
): Promise<void> {
  try {
    await images.collect({ signal });
    await layers.sweep({ signal });
    images.relieve();
  } catch (error) {
    if (!signal.aborted) logger.warn('tidying the store failed', { error });
  }
}
