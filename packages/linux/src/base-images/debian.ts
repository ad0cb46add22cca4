import { readFile } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';
import type { BaseImageFacts } from '@wharf/engine/ports';
import { runProgram } from './run.js';

const fallbackSuite = 'stable';

/** A minimal Debian of the host's own release, made by mmdebstrap(1) from the host's package source. */
export async function makeDebianTar(
  tarPath: string,
  { signal, onStep }: CallOptions & { readonly onStep: (message: string) => void },
): Promise<BaseImageFacts> {
  const suite = await hostSuite();
  onStep(`running mmdebstrap for ${suite}`);
  const args = ['--variant=minbase', '--mode=root', '--format=tar', '--quiet', suite, tarPath];
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', SOURCE_DATE_EPOCH: '0', ...proxies() };
  await runProgram('mmdebstrap', args, 'install it with: apt-get install mmdebstrap', {
    signal,
    env,
    onLine: onStep,
  });
  return {
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    command: ['bash'],
    createdBy: `wharf image bootstrap debian (${suite})`,
  };
}

async function hostSuite(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const line = release.split('\n').find((text) => text.startsWith('VERSION_CODENAME='));
  return line?.slice('VERSION_CODENAME='.length).replaceAll('"', '') ?? fallbackSuite;
}

function proxies(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
