import type { Candidate } from '../../argv/index.js';

const usual = [
  'linux/amd64',
  'linux/arm64',
  'linux/arm/v7',
  'linux/arm/v6',
  'linux/386',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
];

/** The last one of a list with commas; those that stand before it are not offered again. */
export function completePlatforms(typed: string): readonly Candidate[] {
  const comma = typed.lastIndexOf(',') + 1;
  const before = typed.slice(0, comma);
  const taken = before.split(',');
  return usual.filter((one) => !taken.includes(one)).map((one) => ({ value: before + one }));
}
