import { createHash } from 'node:crypto';
import { access, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { run } from '@wharf/testing';
import { hostApt } from './host-apt.js';

const cache = join(import.meta.dirname, '../../node_modules/.cache/wharf-debian');
const minutes = 60_000;

/** An archive of a Debian with these packages, for `import`; made once and kept, since that takes a minute. */
export async function debianArchive(packages: readonly string[]): Promise<string> {
  const apt = await hostApt();
  const what = `${apt.suite} ${[...packages].sort().join(' ')}`;
  const path = join(cache, `${createHash('sha256').update(what).digest('hex').slice(0, 16)}.tar`);
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return path;
  await mkdir(cache, { recursive: true });
  const draft = join(cache, `draft-${process.pid}.tar`);
  const flags = ['--variant=minbase', '--mode=root', '--format=tar', '--quiet'];
  const lean = ['path-exclude=/usr/share/{doc,man,locale,info}/*', 'force-unsafe-io'];
  const { code, stderr } = await run(
    'mmdebstrap',
    [
      ...flags,
      ...lean.map((option) => `--dpkgopt=${option}`),
      ...packages.map((name) => `--include=${name}`),
      apt.suite,
      draft,
      ...apt.sources,
    ],
    { timeout: 5 * minutes },
  );
  if (code !== 0) throw new FailedPreconditionError(`mmdebstrap: ${stderr}`);
  await rename(draft, path);
  return path;
}
