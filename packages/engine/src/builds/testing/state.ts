import { join } from 'node:path';
import { appendEvent, eventSchema } from '../../events/schema.js';
import { openState } from '../../state/open.js';
import type { State } from '../../state/state.js';
import { buildSchema } from '../schema.js';

/** A database of its own with the tables of builds. */
export function openTestState(root: string): State {
  return openState({
    path: join(root, 'state.db'),
    schemas: [eventSchema, buildSchema],
    appendEvent,
    onCommitted: () => undefined,
  });
}
