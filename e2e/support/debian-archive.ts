import { join } from 'node:path';
import { run, tempDir } from '@wharf/testing';

const helper = '/usr/lib/apt/apt-helper';

/**
 * Why this machine cannot load from Debian's archive, in one line; undefined when it can. Asks for the index of the first
 * source, by apt's own settings of proxies and mirrors.
 */
export async function archiveFault(): Promise<string | undefined> {
  const { stdout } = await run('apt-get', ['update', '--print-uris']);
  const uri = /^'(\S*InRelease)'/m.exec(stdout)?.[1];
  if (uri === undefined) return 'apt has no sources';
  await using dir = await tempDir('wharf-archive-');
  const flags = ['-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=15'];
  const { code, stderr } = await run(helper, [
    ...flags,
    'download-file',
    uri,
    join(dir.path, 'InRelease'),
  ]);
  return code === 0 ? undefined : (/^E: (.*)$/m.exec(stderr)?.[1] ?? `${uri} cannot be loaded`);
}

/** The same, said on standard error: for tests that are skipped then. */
export async function lacksArchive(): Promise<boolean> {
  const fault = await archiveFault();
  if (fault === undefined) return false;
  process.stderr.write(`skipped, as Debian's archive cannot be reached: ${fault}\n`);
  return true;
}
