#!/usr/bin/env node
import { basename } from 'node:path';

/** One executable has three names: `wharf-shim` is the process beside a container, `wharf-resolver` the one of their names. */
switch (basename(process.argv0)) {
  case 'wharf-shim':
    void import('@wharf/shim').then(({ runShim }) => runShim(process.argv.slice(2)));
    break;
  case 'wharf-resolver':
    void import('@wharf/resolver').then(({ runResolver }) => runResolver(process.argv.slice(2)));
    break;
  default:
    void import('./cli.js').then(({ runCli }) => runCli(process.argv.slice(2)));
}
