import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { tempDir } from '@wharf/testing';
import type { Engine } from '../support.js';

/** What the program of a sample prints and how it ends, so that a run shows files, config and exit code at once. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
}

/** For `commit --change` and `import --change`, of any engine. */
export const sampleChanges = [
  'ENV WHO=sample',
  'WORKDIR /srv',
  'CMD ["sh", "-c", "cat /srv/greeting; echo $WHO in $PWD; exit 7"]',
];

export const changeFlags = sampleChanges.flatMap((change) => ['--change', change]);

export const sampleOutcome = (greeting: string): Outcome => ({
  code: 7,
  stdout: `${greeting}\nsample in /srv\n`,
});

/** Of what has run: the fields that an Outcome has. */
export const outcome = ({ code, stdout }: Outcome): Outcome => ({ code, stdout });

/** Commits an image to `name` on busybox; running it gives `sampleOutcome(greeting)`. */
export async function wharfSample(
  { ok, created }: Pick<Engine, 'ok' | 'created'>,
  name: string,
  greeting: string,
): Promise<void> {
  await using folder = await tempDir();
  await writeFile(join(folder.path, 'greeting'), `${greeting}\n`);
  const id = await created(['busybox', 'true']);
  await ok(['cp', `${folder.path}/.`, `${id}:/srv`]);
  await ok(['commit', ...changeFlags, id, name]);
}
