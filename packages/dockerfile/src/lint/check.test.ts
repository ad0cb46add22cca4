import type { ImageRuntimeConfig } from '@wharf/core';
import { emptyRuntimeConfig, normalisePlatform } from '@wharf/oci';
import { IgnoreMatcher } from '../ignore/matcher.js';
import { parseIgnore } from '../ignore/rules.js';
import { readDockerfile } from '../instruction/dockerfile.js';
import { imageKey } from '../plan/names.js';
import { testCorpus } from '../test-corpus.js';
import { check } from './check.js';

const host = normalisePlatform('linux', 'amd64');

interface Options {
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly ignore?: string;
  readonly images?: Readonly<Record<string, Partial<ImageRuntimeConfig>>>;
  readonly imagePlatform?: string;
}

testCorpus('check', ({ dockerfile, options: raw }) => {
  const { buildArgs, ignore, images, imagePlatform } = raw as Options;
  const matcher = new IgnoreMatcher(parseIgnore(ignore ?? ''));
  const known = Object.entries(images ?? {}).map(([reference, config]) => {
    const platform = normalisePlatform('linux', imagePlatform ?? 'amd64');
    return [
      imageKey(reference, host),
      { config: { ...emptyRuntimeConfig(), ...config }, platform },
    ] as const;
  });
  const { findings, failing, error } = check(readDockerfile(dockerfile), {
    buildPlatform: host,
    buildArgs: new Map(Object.entries(buildArgs ?? {})),
    images: new Map(known),
    isIgnored: (path) => matcher.isIgnored(path),
  });
  return {
    findings: findings.map(({ rule, message, range }) => ({ rule, message, at: range })),
    ...(failing ? { failing } : {}),
    ...(error === undefined ? {} : { error: error.message }),
  };
});
