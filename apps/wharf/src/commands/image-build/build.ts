import { define } from '../define.js';
import { askAbout } from './ask.js';
import { buildImage } from './build-image.js';
import { buildsOf } from './builds-of.js';
import { parseCall } from './call-flag.js';
import { buildFlags } from './flags.js';
import { interruptible } from './interrupt.js';

export default define({
  path: ['image', 'build'],
  aliases: [['build'], ['builder', 'build']],
  summary: 'Build an image from a Dockerfile',
  description:
    'Build an image from a Dockerfile. PATH is a directory, of which only what the daemon lacks is sent; URL a git ' +
    'repository (https://HOST/REPO.git#REF:DIRECTORY) or an archive; - a Dockerfile or a tar on standard input.',
  usage: '[OPTIONS] PATH | URL | -',
  flags: buildFlags,
  args: [{ name: 'PATH', complete: 'directory' }],
  examples: [
    { text: 'The Dockerfile of this directory', command: 'wharf build -t app:1 .' },
    {
      text: 'Why was a step executed again?',
      command: 'wharf build --explain -t app:1 .',
    },
    {
      text: 'Only the files of a stage, into a directory',
      command: 'wharf build --target binaries -o out .',
    },
    {
      text: 'For two platforms, to a registry',
      command:
        'wharf build --platform linux/amd64,linux/arm64 --push -t registry.example.org/app:1 .',
    },
    {
      text: 'With a secret and an ssh agent, which no layer has',
      command: 'wharf build --secret id=npm,src=$HOME/.npmrc --ssh default .',
    },
    {
      text: 'Pin what is used, and later build with nothing else',
      command: 'wharf build --lock . && wharf build --locked .',
    },
  ],
  async run(context, flags, [path = ''], { signal: outer }) {
    const asked = parseCall(flags.call);
    const question = flags.check
      ? { question: 'check' as const, json: asked?.json ?? false }
      : asked;
    const builds = await buildsOf(context);
    const { openContext } = await import('./open-context.js');
    return interruptible(context.io, outer, (signal, teller) => {
      const options = { signal, openContext };
      return question === undefined
        ? buildImage(context, builds, flags, path, { ...options, teller })
        : askAbout(context, builds, { flags, path, call: question }, options);
    });
  },
});
