import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import type { TlsClientOptions } from '../transport/tls.js';
import { tlsNames, type Context, type TlsMaterial, type TlsName } from './context.js';
import { readText, type Environment } from './files.js';
import type { TargetFlags } from './resolve.js';

/**
 * The files of the flags, else those of docker's names in WHARF_CERT_PATH or the directory of settings. Undefined when
 * there are none and TLS was not asked for.
 */
export async function tlsOfHost(
  flags: TargetFlags,
  env: Environment,
  directory: string,
): Promise<Partial<TlsClientOptions> | undefined> {
  const folder = env['WHARF_CERT_PATH'] || directory;
  const tls = await readEach((name) => readPart(flags, name, join(folder, `${name}.pem`)));
  const asked = flags.tls === true || verifyAsked(flags, env);
  return asked || Object.keys(tls).length > 0 ? tls : undefined;
}

/** The context's own, with the files of the flags in their place. */
export async function tlsOfContext(
  { tls, serverName, verify }: Context,
  flags: TargetFlags,
  env: Environment,
): Promise<Partial<TlsClientOptions>> {
  return {
    ...tls,
    ...(await readEach((name) => readPart(flags, name))),
    ...(serverName === undefined ? {} : { serverName }),
    verify: verify || verifyAsked(flags, env),
  };
}

/** As docker's: any text in the variable asks for it. */
function verifyAsked({ tlsVerify }: TargetFlags, env: Environment): boolean {
  return tlsVerify === true || Boolean(env['WHARF_TLS_VERIFY']);
}

const flagOf = { ca: 'tlsCaCert', cert: 'tlsCert', key: 'tlsKey' } as const;

/** A file that a flag names must be there; the usual one need not. */
async function readPart(
  flags: TargetFlags,
  name: TlsName,
  usual?: string,
): Promise<string | undefined> {
  const given = flags[flagOf[name]];
  const path = given ?? usual;
  const text = path === undefined ? undefined : await readText(path);
  if (text === undefined && given !== undefined) {
    throw new FailedPreconditionError(`cannot read ${given}: ENOENT`);
  }
  return text;
}

async function readEach(
  read: (name: TlsName) => Promise<string | undefined>,
): Promise<TlsMaterial> {
  const tls: Partial<Record<TlsName, string>> = {};
  for (const name of tlsNames) {
    const text = await read(name);
    if (text !== undefined) tls[name] = text;
  }
  return tls;
}
