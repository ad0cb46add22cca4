import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostApt } from './host-apt.js';

/** A bundle of certificates of this machine, where Debian has it. */
export const authorities = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Flags of `build` by which its steps reach Debian's archive as this machine does: the secrets `apt` and `authorities`,
 * and the proxies. The folder gets the file that they name.
 */
export async function reachOfHost(folder: string): Promise<string[]> {
  const { configuration, proxies } = await hostApt();
  const apt = join(folder, 'apt.conf');
  await writeFile(apt, `${configuration}Acquire::https::CAInfo "/run/secrets/authorities";\n`);
  return [
    ...['--secret', `id=apt,src=${apt}`, '--secret', `id=authorities,src=${authorities}`],
    ...proxies.flatMap((name) => ['--build-arg', name]),
  ];
}
