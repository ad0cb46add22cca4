import { parsePlatform } from '@wharf/oci';
import { expect, test } from 'vitest';
import { watchForeign } from './foreign.js';

const host = { os: 'linux', architecture: 'amd64', variant: '' };
const arm = parsePlatform('linux/arm64', host);

test.each([
  ['crun', ['{"msg":"exec container process `/bin/sh`: Exec format error"}']],
  ['runc', ['exec /bin/sh: exec format error\n']],
  ['a shell', ['/bin/sh: 1: make: Exec for', 'mat error\n']],
])('%s is understood', (_who, chunks) => {
  const watch = watchForeign(arm, host);
  expect(watch.hint()).toBe('');
  for (const text of chunks) watch.see(Buffer.from(text));
  expect(watch.hint()).toContain(
    'programs for linux/arm64 need an emulator on this host, which is linux/amd64',
  );
});

test('a step for this machine needs none, whatever it says', () => {
  const watch = watchForeign(host, host);
  watch.see(Buffer.from('exec format error'));
  expect(watch.hint()).toBe('');
});
