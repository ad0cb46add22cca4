import type { CacheMiss } from '@wharf/core';
import { escapeControls } from '../escape.js';

/** Why a step was executed, on one line. */
export function missText({ reason, changes }: CacheMiss): string {
  const [first, ...more] = changes;
  switch (reason) {
    case 'first':
      return 'miss: nothing like it was executed here before';
    case 'asked':
      return 'miss: it was asked to be executed anew';
    case 'collected':
      return 'miss: its result is no longer in the cache';
    case 'changed': {
      const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
      return `miss: ${first === undefined ? 'an input has changed' : escapeControls(first.text)}${others}`;
    }
  }
}
