import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { keyValues } from '../spec/key-values.js';

export default define({
  path: ['volume', 'create'],
  summary: 'Create a volume',
  flags: defineFlags({
    driver: {
      type: 'string',
      short: 'd',
      default: 'local',
      description: 'Specify volume driver name',
    },
    gid: { type: 'int', description: 'Group of its top directory' },
    label: { type: 'strings', description: 'Set metadata for a volume' },
    mode: { type: 'string', description: 'Permission bits of its top directory, in octal' },
    name: { type: 'string', hidden: true, description: 'Specify volume name' },
    opt: {
      type: 'strings',
      short: 'o',
      placeholder: 'map',
      description: 'Set driver specific options',
    },
    size: { type: 'string', description: 'Most that it may hold, where the file system can' },
    uid: { type: 'int', description: 'Owner of its top directory' },
  }),
  args: [{ name: 'VOLUME', optional: true }],
  examples: [
    {
      text: 'For the data of a user that is not root',
      command: 'wharf volume create --uid 999 db',
    },
    {
      text: 'In memory',
      command: 'wharf volume create -o type=tmpfs -o device=tmpfs -o o=size=64m scratch',
    },
    {
      text: 'From a server',
      command: 'wharf volume create -o type=nfs -o o=addr=10.0.0.5,rw -o device=:/srv media',
    },
  ],
  async run(context, flags, [positional], { signal }) {
    const { name = positional ?? '', driver, label, opt, ...owner } = flags;
    if (flags.name !== undefined && positional !== undefined) {
      throw argumentError(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
      );
    }
    const set = Object.entries(owner).filter(([, value]) => value !== undefined);
    const options = Object.fromEntries(set.map(([key, value]) => [key, String(value)]));
    const { volumes } = await context.engine();
    const volume = await volumes.create(
      { name, driver, driverOptions: { ...options, ...keyValues(opt) }, labels: keyValues(label) },
      { signal },
    );
    context.io.stdout.write(`${volume.name}\n`);
  },
});
