import { describe, expect, test } from 'vitest';
import { IgnoreFilter } from './filter.js';
import type { Verdict } from './filter.js';
import { parseIgnore } from './rules.js';

function judge(filter: IgnoreFilter, path: string): Verdict {
  const parts = path.split('/');
  let directory = filter.root;
  let verdict: Verdict | undefined;
  for (const [index, part] of parts.entries()) {
    verdict = filter.judge(directory, parts.slice(0, index + 1).join('/'), part);
    directory = verdict.below;
  }
  if (verdict === undefined) throw new TypeError('no path');
  return verdict;
}

describe('a filter of a walk', () => {
  const filter = new IgnoreFilter(parseIgnore('*\n!src\n**/*.log\n!docs/keep.md'), [
    'Dockerfile',
    'a/b/Dockerfile',
    'src/x.ts',
  ]);

  test('spares what is to be kept, and looks into what leads to it', () => {
    expect(judge(filter, 'Dockerfile')).toMatchObject({ isIgnored: false, isSpared: true });
    expect(judge(filter, 'src/x.ts')).toMatchObject({ isIgnored: false, isSpared: false });
    for (const path of ['a', 'a/b']) {
      expect(judge(filter, path)).toMatchObject({ isIgnored: true, isSkippable: false });
    }
    expect(judge(filter, 'a/b/Dockerfile')).toMatchObject({ isIgnored: false, isSpared: true });
    expect(judge(filter, 'a/c')).toMatchObject({ isIgnored: true, isSkippable: true });
  });

  test('looks into what exceptions can reach alone', () => {
    expect(judge(filter, 'docs')).toMatchObject({ isIgnored: true, isSkippable: false });
    expect(judge(filter, 'docs/keep.md')).toMatchObject({ isIgnored: false });
    expect(judge(filter, 'node_modules')).toMatchObject({ isIgnored: true, isSkippable: true });
    expect(judge(filter, 'src/a.log')).toMatchObject({ isIgnored: true });
  });

  test('without rules leaves out nothing', () => {
    const nothing = { isIgnored: false, isSkippable: false, isSpared: false };
    expect(judge(new IgnoreFilter([], ['a']), 'a/b')).toMatchObject(nothing);
  });
});
