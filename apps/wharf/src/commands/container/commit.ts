import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';

export default define({
  path: ['container', 'commit'],
  aliases: [['commit']],
  summary: "Create a new image from a container's changes",
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  flags: defineFlags({
    author: {
      type: 'string',
      short: 'a',
      default: '',
      description: 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")',
    },
    change: {
      type: 'strings',
      short: 'c',
      description: 'Apply Dockerfile instruction to the created image',
    },
    message: { type: 'string', short: 'm', default: '', description: 'Commit message' },
    pause: {
      type: 'bool',
      short: 'p',
      default: true,
      description: 'Pause container during commit',
    },
  }),
  args: [
    { name: 'CONTAINER', complete: 'container' },
    { name: 'REPOSITORY', optional: true, complete: 'image' },
  ],
  examples: [
    { text: 'What was changed by hand', command: "wharf commit -m 'with vim' web app:debug" },
    { text: 'With another command', command: 'wharf commit -c \'CMD ["sh"]\' web app:shell' },
  ],
  async run(context, { author, change, message, pause }, [container = '', name], { signal }) {
    const { containers } = await context.engine();
    const { imageId } = await containers.commit(container, {
      signal,
      pause,
      ...(name === undefined ? {} : { name }),
      ...(author === '' ? {} : { author }),
      ...(message === '' ? {} : { message }),
      ...(change.length === 0 ? {} : { changes: change }),
    });
    context.io.stdout.write(`${imageId}\n`);
  },
});
