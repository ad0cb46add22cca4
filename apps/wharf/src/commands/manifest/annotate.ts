import type { ManifestAnnotation } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { checkKeyValue, keyValues } from '../spec/key-values.js';

export default define({
  path: ['manifest', 'annotate'],
  summary: 'Add additional information to a local image manifest',
  usage: '[OPTIONS] MANIFEST_LIST MANIFEST',
  flags: defineFlags({
    annotation: {
      type: 'strings',
      description: 'Set an annotation of the manifest in the list (KEY=VALUE)',
      check: (text: string) => checkKeyValue('annotation', text),
    },
    arch: { type: 'string', description: 'Set architecture' },
    os: { type: 'string', description: 'Set operating system' },
    'os-features': { type: 'strings', description: 'Set operating system feature' },
    'os-version': { type: 'string', description: 'Set operating system version' },
    variant: { type: 'string', description: 'Set architecture variant' },
  }),
  args: [
    { name: 'MANIFEST_LIST', complete: 'image' },
    { name: 'MANIFEST', complete: 'image' },
  ],
  examples: [
    {
      text: 'Which processor it is for',
      command:
        'wharf manifest annotate --arch arm --variant v7 reg.example.org/app:1 reg.example.org/app:1-armv7',
    },
  ],
  async run(context, flags, [name = '', source = ''], { signal }) {
    const { arch, os, variant, osVersion } = flags;
    const osFeatures = flags.osFeatures.flatMap((text) => text.split(','));
    const annotation: ManifestAnnotation = {
      ...(os === undefined ? {} : { os }),
      ...(arch === undefined ? {} : { architecture: arch }),
      ...(variant === undefined ? {} : { variant }),
      ...(osVersion === undefined ? {} : { osVersion }),
      ...(osFeatures.length === 0 ? {} : { osFeatures }),
      ...(flags.annotation.length === 0 ? {} : { annotations: keyValues(flags.annotation) }),
    };
    const { manifestLists } = await context.engine();
    await manifestLists.annotate(name, source, annotation, { signal });
  },
});
