import { createClient } from './index.js';
import { defaultContainerSpec } from '@wharf/core';
const signal = new AbortController().signal;
const c = createClient({ host: 'unix:///tmp/w1/run/wharf.sock' });
console.log(await c.system.version({ signal }));
for await (const f of c.images.bootstrap('busybox', '', { signal })) console.log(f);
console.log((await c.images.list({ signal })).map((i) => [i.id, i.repoTags, i.size]));
const t0 = performance.now();
const spec = {
  ...defaultContainerSpec('busybox'),
  command: [
    'sh',
    '-c',
    process.argv[2] ??
      'id; echo err >&2; cat /proc/self/status | grep -E "Cap|Seccomp"; mount | head -3; exit 3',
  ],
  runtime: process.argv[3] ?? '',
};
const { id } = await c.containers.create(spec, { signal });
const s = await c.containers.attach(
  id,
  { stdin: false, stdout: true, stderr: true, logs: false },
  { signal },
);
const out = (async () => {
  for await (const { stream, data } of s.output)
    process.stdout.write(`${stream}: ${Buffer.from(data)}`);
})();
const w = c.containers.wait(id, 'next-exit', { signal });
const t1 = performance.now();
await c.containers.start(id, { signal });
const t2 = performance.now();
console.log(await w);
await out;
const t3 = performance.now();
await c.containers.remove(id, { signal });
console.log(
  'create+attach',
  t1 - t0,
  'start',
  t2 - t1,
  'run',
  t3 - t2,
  'rm',
  performance.now() - t3,
);
await c.close();
