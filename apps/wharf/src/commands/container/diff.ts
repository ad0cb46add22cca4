import type { FileChange } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { printChanges } from '../shared/file-changes.js';
import { formatFlag } from '../shared/format-flag.js';

export default define({
  path: ['container', 'diff'],
  aliases: [['diff']],
  summary: "Inspect changes to files or directories on a container's filesystem",
  flags: defineFlags({ format: formatFlag }),
  args: [{ name: 'CONTAINER', complete: 'container' }],
  examples: [{ text: 'What it wrote: A added, C changed, D deleted', command: 'wharf diff web' }],
  async run(context, { format }, [container = ''], { signal }) {
    const { containers } = await context.engine();
    const changes = await containers.changes(container, { signal });
    await printChanges(context.io, format, one(changes));
  },
});

async function* one(changes: readonly FileChange[]): AsyncGenerator<readonly FileChange[]> {
  yield await Promise.resolve(changes);
}
