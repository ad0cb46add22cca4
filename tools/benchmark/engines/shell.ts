import { join } from 'node:path';
import type { Command } from '../command.js';

const library = join(import.meta.dirname, '../../lib');

/** Runs a function of tools/lib/docker.sh; its process becomes that of whatever the function execs. */
export function shell(words: readonly string[], env: Command['env']): Command {
  const script = '. "$0/env.sh"; . "$0/docker.sh"; . "$0/space.sh"; . "$0/python-image.sh"; "$@"';
  return { argv: ['/bin/bash', '-c', script, library, ...words], env };
}
