import type { RegistryCredentials } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import type { CliContext } from '../../context.js';
import { userCredentials } from '../../credentials/credentials.js';
import { domainOf } from '../../credentials/server.js';
import { define } from '../define.js';
import { askCredentials, readPassword } from './ask.js';

export default define({
  path: ['login'],
  summary: 'Authenticate to a registry',
  description: 'Authenticate to a registry.\nDefaults to Docker Hub if no server is specified.',
  usage: '[OPTIONS] [SERVER]',
  flags: defineFlags({
    password: {
      type: 'string',
      short: 'p',
      description: 'Password or Personal Access Token (PAT)',
    },
    'password-stdin': {
      type: 'bool',
      description: 'Take the Password or Personal Access Token (PAT) from stdin',
    },
    username: { type: 'string', short: 'u', description: 'Username' },
  }),
  args: [{ name: 'SERVER', optional: true, complete: 'registry' }],
  examples: [
    { text: 'With questions', command: 'wharf login registry.example.org' },
    {
      text: 'From a script',
      command: 'wharf login -u me --password-stdin registry.example.org < token',
    },
  ],
  async run(context, { username, password, passwordStdin }, [server = ''], { signal, given }) {
    const { io } = context;
    if (given.has('password')) {
      io.stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
      if (passwordStdin) {
        throw argumentError('--password and --password-stdin are mutually exclusive');
      }
    }
    if (passwordStdin && (username ?? '') === '') {
      throw argumentError('Must provide --username with --password-stdin');
    }
    const domain = domainOf(server);
    const typed = passwordStdin ? await readPassword(io, { signal }) : password;
    if (username === undefined && typed === undefined && (await tryKept(context, domain, signal))) {
      io.stdout.write('Login Succeeded\n');
      return;
    }
    const asked = await askCredentials(io, { username, password: typed }, { signal });
    await login(context, domain, asked, signal);
    io.stdout.write('Login Succeeded\n');
  },
});

/** Whether what is kept from an earlier login still opens the registry. */
async function tryKept(context: CliContext, domain: string, signal: AbortSignal): Promise<boolean> {
  const kept = await userCredentials(context).find(domain, { signal });
  if (kept === undefined) return false;
  const name = kept.username === '' ? '' : ` [Username: ${kept.username}]`;
  context.io.stderr.write(`Authenticating with existing credentials...${name}\n`);
  try {
    const { registries } = await context.engine();
    await registries.login(domain, kept, { signal });
    return true;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!context.io.stdin.isTTY) throw thrown;
    context.io.stderr.write('Login did not succeed with them\n');
    return false;
  }
}

async function login(
  context: CliContext,
  domain: string,
  credentials: RegistryCredentials,
  signal: AbortSignal,
): Promise<void> {
  if (credentials.username === '') throw new FailedPreconditionError('username is empty');
  const { registries } = await context.engine();
  const { identityToken } = await registries.login(domain, credentials, { signal });
  const kept = identityToken === '' ? credentials : { ...credentials, password: '', identityToken };
  const path = await userCredentials(context).keep(domain, kept, { signal });
  if (path === undefined) return;
  context.io.stderr.write(
    `\nWARNING! Your credentials are stored unencrypted in '${path}'.\n` +
      'Configure a credential helper (credsStore in that file) to remove this warning.\n\n',
  );
}
