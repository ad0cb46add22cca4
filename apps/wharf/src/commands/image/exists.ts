import { isWharfError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { platformFlag, platformOption } from '../shared/platforms.js';

export default define({
  path: ['image', 'exists'],
  summary: 'Tell by the exit code whether an image is here',
  description:
    'Tell by the exit code whether an image is here: 0 when it is, 1 when it is not, 125 when that cannot be told.',
  flags: defineFlags({ platform: platformFlag('Ask for this platform') }),
  args: [{ name: 'IMAGE', complete: 'image' }],
  failureExitCode: 125,
  examples: [
    {
      text: 'Pull it only when it is missing',
      command: 'wharf image exists app:1 || wharf pull app:1',
    },
  ],
  async run(context, { platform }, [name = ''], { signal }) {
    const { images } = await context.engine();
    try {
      await images.get(name, { signal, ...platformOption(platform) });
      return 0;
    } catch (thrown) {
      if (isWharfError(thrown) && thrown.code === 'not-found') return 1;
      throw thrown;
    }
  },
});
