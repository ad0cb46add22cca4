import { expect, test } from 'vitest';
import { hierarchyOf } from './shim-cgroup.js';

test.each([
  ['0::/system.slice/wharfd.service', 2, '/sys/fs/cgroup'],
  ['0::/', 1, undefined],
  ['9:name=systemd:/', 1, '/sys/fs/cgroup/systemd'],
  ['4:memory:/process_api/x', 1, '/sys/fs/cgroup/memory'],
  ['8:pids:/', 1, undefined],
  ['3:cpuset:/a', 1, undefined],
  ['2:cpu,cpuacct:/a:b', 1, '/sys/fs/cgroup/cpu,cpuacct'],
] as const)('%s on version %i is %s', (line, version, expected) => {
  expect(hierarchyOf(line, version)).toBe(expected);
});
