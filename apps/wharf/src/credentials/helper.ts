import {
  DataLossError,
  FailedPreconditionError,
  UnavailableError,
  type CallOptions,
} from '@wharf/core';

/** A program that keeps credentials: `docker-credential-NAME` with get, store and erase on its standard streams. */
export interface CredentialHelper {
  readonly name: string;
  /** Undefined when it has none. */
  get(server: string, options: CallOptions): Promise<HelperCredentials | undefined>;
  store(server: string, credentials: HelperCredentials, options: CallOptions): Promise<void>;
  erase(server: string, options: CallOptions): Promise<void>;
}

/** A user name of `<token>` says that the secret is an identity token. */
export interface HelperCredentials {
  readonly username: string;
  readonly secret: string;
}

export interface HelperOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; a helper may ask its user something. */
  readonly timeout?: number;
}

const defaultTimeout = 60_000;
const maxOutput = 64 * 1024;
const missing = 'credentials not found in native keychain';

/** @throws failed-precondition for a name that is no plain program name */
export function credentialHelper(name: string, options: HelperOptions): CredentialHelper {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
    throw new FailedPreconditionError(
      `${JSON.stringify(name)} in config.json is no name of a credential helper: write osxkeychain, not a path`,
    );
  }
  const ask = (verb: string, input: string, { signal }: CallOptions) =>
    runHelper({ program: `docker-credential-${name}`, verb, input, ...options }, signal);
  return {
    name,
    async get(server, call) {
      const { code, output } = await ask('get', server, call);
      if (code !== 0) {
        if (output.trim() === missing) return undefined;
        throw refused(name, 'get', output);
      }
      return readAnswer(name, output);
    },
    async store(server, { username, secret }, call) {
      const input = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
      const { code, output } = await ask('store', input, call);
      if (code !== 0) throw refused(name, 'store', output.replaceAll(secret, '***'));
    },
    async erase(server, call) {
      const { code, output } = await ask('erase', server, call);
      if (code !== 0 && output.trim() !== missing) throw refused(name, 'erase', output);
    },
  };
}

function readAnswer(name: string, output: string): HelperCredentials {
  try {
    const value = JSON.parse(output) as { readonly Username?: unknown; readonly Secret?: unknown };
    const { Username: username, Secret: secret } = value;
    if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  } catch {
    // Its output is a secret and in no message.
  }
  throw new DataLossError(`the credential helper docker-credential-${name} gave no credentials`);
}

function refused(name: string, verb: string, output: string): UnavailableError {
  const said = output.trim().slice(0, 200);
  return new UnavailableError(
    `the credential helper docker-credential-${name} could not ${verb}${said === '' ? '' : `: ${said}`}`,
  );
}

interface HelperRun extends HelperOptions {
  readonly program: string;
  readonly verb: string;
  readonly input: string;
}

interface HelperEnd {
  readonly code: number;
  readonly output: string;
}

/** The server and the secret go through standard input: arguments and environment are open to others. */
function runHelper(run: HelperRun, signal: AbortSignal): Promise<HelperEnd> {
  const { program, verb, input, env, timeout = defaultTimeout } = run;
  const { spawn } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(program, [verb], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: unknown): void => {
      end();
      child.kill('SIGKILL');
      reject(error instanceof Error ? error : new UnavailableError(String(error)));
    };
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(() => {
      fail(new UnavailableError(`${program} has not answered for ${timeout / 1000} seconds`));
    }, timeout);
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    child.on('error', (cause) => {
      const text = `cannot run the credential helper ${program}: install it or take it out of config.json`;
      fail(new FailedPreconditionError(text, { cause }));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxOutput) fail(new DataLossError(`${program} answers more than credentials`));
    });
    child.on('close', (code) => {
      end();
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper that ends without reading says why by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
