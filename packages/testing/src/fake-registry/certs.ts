import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestCertOptions {
  /** Names of the certificate; `IP:127.0.0.1` and `DNS:localhost` unless given. */
  readonly san?: string;
  /** The certificate ended yesterday. */
  readonly expired?: boolean;
}

/** PEM texts of a certificate authority and of one certificate that it signed. */
export interface TestCert {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * Makes a throwaway authority and a certificate with the `openssl` command, in a directory that is
 * removed before the call returns. Rejects when the machine has no openssl.
 */
export async function makeTestCert(options: TestCertOptions = {}): Promise<TestCert> {
  const dir = await mkdtemp(`${tmpdir()}/test-cert-`);
  try {
    return await make(dir, options);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function make(dir: string, options: TestCertOptions): Promise<TestCert> {
  const openssl = (args: string): Promise<unknown> => run('openssl', args.split(' '), { cwd: dir });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  const san = options.san ?? 'IP:127.0.0.1,DNS:localhost';
  const days = options.expired === true ? '-days -1' : '-days 2';
  await writeFile(`${dir}/ext`, `subjectAltName=${san}\nbasicConstraints=CA:FALSE\n`);
  await openssl(`req -x509 ${key} -subj /CN=test-ca -days 2 -keyout ca.key -out ca.crt`);
  await openssl(`req ${key} -subj /CN=test-leaf -keyout leaf.key -out leaf.csr`);
  await openssl(
    `x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -CAcreateserial ${days} -extfile ext -out leaf.crt`,
  );
  const read = (name: string): Promise<string> => readFile(`${dir}/${name}`, 'utf8');
  return { ca: await read('ca.crt'), cert: await read('leaf.crt'), key: await read('leaf.key') };
}
