import { isWharfError } from '@wharf/core';
import { buildFacts } from './build-facts.js';
import { loadConfig } from './config/load.js';
import { shown } from './config/show.js';
import { helpText, parseFlags } from './flags.js';
import { createLogger } from './logger.js';

const usageCode = 2;

async function main(argv: readonly string[]): Promise<number> {
  const flags = parseFlags(argv);
  if (flags.help === true) return say(helpText);
  if (flags.version === true) {
    return say(
      `wharfd version ${buildFacts.version}, build ${buildFacts.gitCommit || 'unknown'}\n`,
    );
  }
  const config = await loadConfig(flags);
  if (flags['print-config'] === true)
    return say(`${JSON.stringify(shown(config), undefined, 2)}\n`);
  if (flags.validate === true) return say('configuration OK\n');
  if (process.getuid?.() !== 0) {
    process.stderr.write('wharfd: must run as root: it mounts file systems and makes namespaces\n');
    return 1;
  }
  const { runDaemon } = await import('./daemon.js');
  const logger = createLogger(config['log-level'], config['log-format']);
  try {
    await runDaemon(config, logger);
    return 0;
  } catch (error) {
    if (!isWharfError(error) || error.code === 'internal')
      logger.error('the daemon failed', { error });
    process.stderr.write(`wharfd: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await logger.close();
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`wharfd: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(isWharfError(error) ? usageCode : 1);
  },
);
