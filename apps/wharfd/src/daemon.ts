import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Config } from './config/schema.js';
import { compose } from './compose.js';
import type { DaemonLogger } from './logger.js';

/** The histogram counts from tick to tick: this much of each value is no delay. */
const delayResolutionMs = 20;

/** Runs until SIGTERM or SIGINT; containers stay as they are. */
export async function runDaemon(config: Config, logger: DaemonLogger): Promise<void> {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    logger.info('stopping', { signal: name });
    stop.abort();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const counters = { unhandledErrors: 0 };
  const onBug = (error: unknown): void => {
    counters.unhandledErrors += 1;
    logger.error('unhandled error', { error });
  };
  process.on('unhandledRejection', onBug).on('uncaughtException', onBug);
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delay.enable();
  const daemon = await compose(config, logger, {
    counters: () => ({
      ...counters,
      eventLoopDelayP99Micros: Math.max(
        0,
        Math.round(delay.percentile(99) / 1000) - delayResolutionMs * 1000,
      ),
    }),
    signal: stop.signal,
  });
  process.on('SIGHUP', () => {
    daemon.reload().then(
      () => logger.info('certificates were read again'),
      (error: unknown) =>
        logger.error('reload failed, the old certificates stay in use', { error }),
    );
  });
  if (!stop.signal.aborted) {
    await new Promise<void>((resolve) => {
      stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await daemon.close();
  logger.info('stopped');
}
