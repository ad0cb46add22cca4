#!/usr/bin/env node
import { basename } from 'node:path';

/** One executable has two names: as `wharf-shim` it is the process beside a container. */
if (basename(process.argv0) === 'wharf-shim') {
  void import('@wharf/shim').then(({ runShim }) => runShim(process.argv.slice(2)));
} else {
  void import('./cli.js').then(({ runCli }) => runCli(process.argv.slice(2)));
}
