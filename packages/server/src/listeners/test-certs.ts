import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface LeafOptions {
  /** Name of the authority that signs; one that was made before. */
  readonly ca: string;
  readonly subject?: string;
  readonly usage?: 'serverAuth' | 'clientAuth';
  readonly san?: string;
  /** As openssl-x509(1) has them. */
  readonly days?: number;
  /** Not valid before the year 2099. */
  readonly future?: boolean;
  readonly key?: string;
  readonly hash?: string;
}

/** Makes authorities and certificates in a folder, as `<name>.crt` and `<name>.key`, keys 0600. */
export interface TestCerts {
  path(file: string): string;
  authority(name: string): Promise<void>;
  leaf(name: string, options: LeafOptions): Promise<void>;
  /** A revocation list of `ca` with the certificate `name` on it. */
  revoke(ca: string, name: string): Promise<void>;
}

const databaseConfig = `[ca]
default_ca = d
[d]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 2
new_certs_dir = .
rand_serial = yes
policy = any
[any]
commonName = supplied
`;
const curve = 'ec -pkeyopt ec_paramgen_curve:P-256';

export function testCerts(directory: string): TestCerts {
  const openssl = (args: string): Promise<unknown> =>
    run('openssl', args.split(' '), { cwd: directory });
  const path = (file: string): string => join(directory, file);
  const signer = (ca: string): string => `-config ca.cnf -cert ${ca}.crt -keyfile ${ca}.key`;
  const writeDatabase = async (): Promise<void> => {
    await writeFile(path('index.txt'), '');
    await writeFile(path('crlnumber'), '01\n');
    await writeFile(path('ca.cnf'), databaseConfig);
  };
  return {
    path,
    async authority(name) {
      await openssl(
        `req -x509 -newkey ${curve} -nodes -subj /CN=${name} -days 2 -keyout ${name}.key -out ${name}.crt`,
      );
    },
    async leaf(name, { ca, subject = name, usage, san, days = 2, future, key, hash }) {
      const extensions = ['basicConstraints=CA:FALSE'];
      if (usage !== undefined) extensions.push(`extendedKeyUsage=${usage}`);
      if (san !== undefined) extensions.push(`subjectAltName=${san}`);
      await writeFile(path(`${name}.ext`), `${extensions.join('\n')}\n`);
      await openssl(
        `req -newkey ${key ?? curve} -nodes -subj /CN=${subject} -keyout ${name}.key -out ${name}.csr`,
      );
      const digest = hash === undefined ? '' : ` -${hash}`;
      const files = `-in ${name}.csr -extfile ${name}.ext -out ${name}.crt${digest}`;
      if (future === true) {
        await writeDatabase();
        const dates = '-startdate 20990101000000Z -enddate 20991231000000Z';
        await openssl(`ca ${signer(ca)} -batch -notext ${dates} ${files}`);
      } else {
        await openssl(
          `x509 -req -CA ${ca}.crt -CAkey ${ca}.key -CAcreateserial -days ${days} ${files}`,
        );
      }
    },
    async revoke(ca, name) {
      await writeDatabase();
      await openssl(`ca ${signer(ca)} -revoke ${name}.crt`);
      await openssl(`ca ${signer(ca)} -gencrl -out ${ca}.crl`);
    },
  };
}
