import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WharfError } from '@wharf/core';
import { run } from '@wharf/testing';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
}

/** Runs its arguments, which alone may end by ctrl-C, then says with which code they ended and what is left of the terminal's settings. */
const script =
  'trap : INT; before=$(stty -g); "$@"; code=$?; [ "$(stty -g)" = "$before" ] && same=same || same=changed; echo "[exit $code, terminal $same]"; exec sleep 600';

/** A program on a terminal of its own: a tmux server with one window. */
export class Terminal implements AsyncDisposable {
  readonly #socket = `wharf-e2e-${randomBytes(4).toString('hex')}`;

  static async open(
    command: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    { columns = 80, rows = 24 }: TerminalOptions = {},
  ): Promise<Terminal> {
    const terminal = new Terminal();
    const size = ['-x', String(columns), '-y', String(rows)];
    const variables = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : ['-e', `${name}=${value}`],
    );
    await terminal.#tmux(
      [
        '-f',
        '/dev/null',
        'new-session',
        '-d',
        ...size,
        ...variables,
        'sh',
        '-c',
        script,
        'sh',
      ].concat(command),
    );
    return terminal;
  }

  async #tmux(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run('tmux', ['-L', this.#socket, ...args], {
      env: { TMUX: undefined, TERM: 'xterm' },
      timeout: 10_000,
    });
    if (code === 0) return stdout;
    throw new WharfError('unavailable', `tmux ${args.join(' ')}: ${stderr}`);
  }

  /** What the screen shows, without blanks at the ends of lines. */
  async screen(): Promise<string> {
    return (await this.#tmux(['capture-pane', '-p', '-J'])).replace(/[ \n]+$/, '');
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux(['send-keys', '-l', '--', text]);
  }

  /** Presses keys by tmux's names: Enter, C-c, C-p … */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux(['send-keys', ...keys]);
  }

  /** Types a line. */
  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.press('Enter');
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux(['resize-window', '-x', String(columns), '-y', String(rows)]);
  }

  /** Waits until the screen matches; gives the match. */
  async until(pattern: RegExp, { timeout = 15_000 } = {}): Promise<RegExpExecArray> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const screen = await this.screen();
      const found = pattern.exec(screen);
      if (found !== null) return found;
      if (performance.now() > deadline) {
        throw new WharfError(
          'deadline-exceeded',
          `no ${String(pattern)} on the screen:\n${screen}`,
        );
      }
      await sleep(30);
    }
  }

  /** The exit code of the program, once it has ended and left the terminal as it was. */
  async ended({ timeout = 15_000 } = {}): Promise<number> {
    const found = await this.until(/\[exit (\d+), terminal (same|changed)\]/, { timeout });
    if (found[2] === 'same') return Number(found[1]);
    throw new WharfError('internal', 'the settings of the terminal were not restored');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux(['kill-server']).catch(() => undefined);
  }
}
