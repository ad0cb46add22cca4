import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError, WharfError } from '@wharf/core';
import { wharf } from './cli.js';
import { program } from './dist.js';
import { leaks, sweep } from './leaks/index.js';
import type { LeakScope } from './leaks/index.js';
import type { RunOptions, RunResult } from './run.js';
import { inNamespace } from './space.js';
import { tempDir } from './temp-dir.js';

export interface StartDaemonOptions {
  /** Added after those that every test daemon gets (data root, exec root, host, parent cgroup). */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The network namespace of `ip netns` to run in; default this process's. */
  readonly space?: string;
  /** The name of its host, in a UTS namespace of its own; default this host's. */
  readonly hostname?: string;
  /** Of the process, octal; default this process's. */
  readonly umask?: string;
  /** Milliseconds until the daemon must answer; default 15000. */
  readonly timeout?: number;
}

/** A daemon of its own on a throwaway root. Disposing of it ends it, and whatever it left, without complaint. */
export interface TestDaemon extends AsyncDisposable {
  /** In the names of its root folder and cgroup. */
  readonly id: string;
  readonly root: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
  /** unix://…, for -H or WHARF_HOST. */
  readonly host: string;
  readonly cgroupParent: string;
  readonly scope: LeakScope;
  /** Of the running daemon; undefined when it is down. */
  readonly pid: number | undefined;
  /** Everything that it has logged, over all its lives. */
  log(): Promise<string>;
  /** Starts it again on the same root, with these flags added for this life only. */
  start(flags?: readonly string[]): Promise<void>;
  /** SIGTERM, and waits for its end; fails when it takes over 15 s. Does nothing when it is down. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for its end. */
  kill9(): Promise<void>;
  /** Stops and starts. */
  restart(): Promise<void>;
  /** The command line under test, talking to this daemon. */
  wharf(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Removes every container, stops the daemon and fails if anything of it is left. */
  assertNoLeaks(): Promise<void>;
}

/** Starts dist/bin/wharfd and waits until it accepts connections. */
export async function startDaemon(options: StartDaemonOptions = {}): Promise<TestDaemon> {
  const id = `wharf-t${randomBytes(4).toString('hex')}`;
  const dir = await tempDir(`${id}-`);
  const daemon = new DaemonUnderTest(id, dir.path, dir.remove, options);
  try {
    await daemon.start();
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
  return daemon;
}

class DaemonUnderTest implements TestDaemon {
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
  readonly host: string;
  readonly cgroupParent: string;
  readonly scope: LeakScope;
  readonly #logFile: string;
  readonly #removeRoot: () => Promise<void>;
  readonly #options: StartDaemonOptions;
  #child: ChildProcess | undefined;

  constructor(
    readonly id: string,
    readonly root: string,
    removeRoot: () => Promise<void>,
    options: StartDaemonOptions,
  ) {
    this.dataRoot = join(root, 'data');
    this.execRoot = join(root, 'exec');
    this.socket = join(root, 'wharf.sock');
    this.host = `unix://${this.socket}`;
    this.cgroupParent = `/${id}`;
    const roots = [this.dataRoot, this.execRoot];
    this.scope = {
      id,
      roots,
      cgroupParent: this.cgroupParent,
      bridge: id.replace('wharf-t', 'wt-'),
      ...(options.space === undefined ? {} : { space: options.space }),
    };
    this.#logFile = join(root, 'wharfd.log');
    this.#removeRoot = removeRoot;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  log(): Promise<string> {
    return readFile(this.#logFile, 'utf8').catch(() => '');
  }

  async start(flags: readonly string[] = []): Promise<void> {
    const own = ['--data-root', this.dataRoot, '--exec-root', this.execRoot, '-H', this.host];
    const all = [
      ...own,
      '--cgroup-parent',
      this.cgroupParent,
      '--bridge',
      this.scope.bridge ?? '',
      '--default-address-pool',
      addressPool(this.id),
      ...(this.#options.flags ?? []),
      ...flags,
    ];
    const surrounded = inSurroundings(this.#options, [program('wharfd'), ...all]);
    const [command = '', ...args] = inNamespace(this.scope.space, surrounded);
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#options.env },
    });
    this.#record(child);
    this.#child = child;
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    await this.#answers(child, this.#options.timeout ?? 15_000);
  }

  /** Through this process and not to a file handed over, so that a shim which inherits the descriptor shows. */
  #record(child: ChildProcess): void {
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.once('close', () => log.end());
    log.once('error', () => undefined);
    child.once('error', () => undefined);
  }

  async #answers(child: ChildProcess, timeout: number): Promise<void> {
    const deadline = performance.now() + timeout;
    while (performance.now() < deadline) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new UnavailableError(`wharfd ended at its start: ${await this.log()}`);
      }
      if (await accepts(this.socket)) return;
      await sleep(10);
    }
    child.kill('SIGKILL');
    throw new WharfError(
      'deadline-exceeded',
      `wharfd does not answer on ${this.socket} after ${timeout} ms: ${await this.log()}`,
    );
  }

  async #end(signal: NodeJS.Signals, timeout: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const inTime = await Promise.race([
      exited.then(() => true),
      sleep(timeout, false, { ref: false }),
    ]);
    if (inTime) return;
    child.kill('SIGKILL');
    await exited;
    throw new WharfError(
      'deadline-exceeded',
      `wharfd did not end within ${timeout} ms of ${signal}`,
    );
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM', 15_000);
  }

  kill9(): Promise<void> {
    return this.#end('SIGKILL', 15_000);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  wharf(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return wharf(args, { ...options, env: { WHARF_HOST: this.host, ...options.env } });
  }

  async assertNoLeaks(): Promise<void> {
    if (this.pid === undefined) await this.start();
    const { stdout } = await this.wharf(['ps', '-aq', '--no-trunc']);
    const ids = stdout.split('\n').filter((id) => id !== '');
    if (ids.length > 0) await this.wharf(['rm', '-f', '-v', ...ids]);
    await this.stop();
    await leaks(this.scope);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9().catch(() => undefined);
    await sweep(this.scope);
    await this.#removeRoot();
  }
}

/** A command line that gives a program another host name and umask, and becomes it. */
function inSurroundings(
  { hostname, umask }: StartDaemonOptions,
  command: readonly string[],
): readonly string[] {
  const masked =
    umask === undefined ? command : ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...command];
  if (hostname === undefined) return masked;
  const rename = `hostname ${hostname}; exec "$@"`;
  return ['unshare', '--uts', '--', 'sh', '-c', rename, 'sh', ...masked];
}

/** One of 160, so that daemons that start at the same time do not choose the same subnets. */
function addressPool(id: string): string {
  const number = Number.parseInt(id.slice(-8), 16);
  const [second, third] = [208 + (number % 40), ((number >> 8) & 3) * 64];
  return `base=10.${second}.${third}.0/18,size=24`;
}

async function accepts(socket: string): Promise<boolean> {
  const connection = connect(socket);
  connection.on('error', () => undefined);
  const accepted = await once(connection, 'connect').then(
    () => true,
    () => false,
  );
  connection.destroy();
  return accepted;
}
