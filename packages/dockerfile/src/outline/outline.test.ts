import { normalisePlatform } from '@wharf/oci';
import { readDockerfile } from '../instruction/dockerfile.js';
import { testCorpus } from '../test-corpus.js';
import { outline } from './outline.js';
import { targets } from './targets.js';

testCorpus('outline', ({ dockerfile, options }) => {
  const file = readDockerfile(dockerfile);
  const { target, buildArgs } = options as { target?: string; buildArgs?: Record<string, string> };
  const buildPlatform = normalisePlatform('linux', 'amd64');
  return {
    targets: targets(file),
    outline: outline(file, {
      buildPlatform,
      buildArgs: new Map(Object.entries(buildArgs ?? {})),
      ...(target === undefined ? {} : { target }),
    }),
  };
});
