import type { Heredoc, Statement } from '../parse/ast.js';
import { readJsonForm } from '../parse/json-form.js';
import type { Word } from '../source/text.js';
import { baseOf, problem, wordOf, type CommandLine, type InstructionBase } from './base.js';
import { Flags } from './flags.js';
import { readMountFlag, type MountFlag } from './mount-flag.js';

export interface RunInstruction extends InstructionBase {
  readonly kind: 'run';
  readonly command: CommandLine;
  readonly heredocs: readonly Heredoc[];
  readonly mounts: readonly MountFlag[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  /** CDI devices: `--device=vendor.com/class=name[,required]`. */
  readonly devices: readonly Word[];
}

/** No arguments at all take the image's command away. */
export interface CmdInstruction extends InstructionBase {
  readonly kind: 'cmd';
  readonly command: CommandLine;
}

export interface EntrypointInstruction extends InstructionBase {
  readonly kind: 'entrypoint';
  readonly command: CommandLine;
}

/** What runs lines in shell form: JSON only. */
export interface ShellInstruction extends InstructionBase {
  readonly kind: 'shell';
  readonly shell: readonly Word[];
}

export function readRun(statement: Statement): RunInstruction {
  const flags = new Flags(statement, {
    mount: 'list',
    network: 'text',
    security: 'text',
    device: 'list',
  });
  const command = readCommand(statement);
  if (isEmpty(command)) throw problem(statement, 'RUN needs a command');
  return Object.freeze({
    ...baseOf(statement),
    kind: 'run',
    command,
    heredocs: statement.heredocs,
    mounts: Object.freeze(flags.texts('mount').map(readMountFlag)),
    network: flags.oneOf('network', ['default', 'none', 'host']) ?? 'default',
    security: flags.oneOf('security', ['sandbox', 'insecure']) ?? 'sandbox',
    devices: flags.list('device'),
  });
}

export function readCmd(statement: Statement): CmdInstruction {
  new Flags(statement);
  return Object.freeze({ ...baseOf(statement), kind: 'cmd', command: readCommand(statement) });
}

export function readEntrypoint(statement: Statement): EntrypointInstruction {
  new Flags(statement);
  const command = readCommand(statement);
  return Object.freeze({ ...baseOf(statement), kind: 'entrypoint', command });
}

export function readShell(statement: Statement): ShellInstruction {
  new Flags(statement);
  const shell = readJsonForm(statement.rest);
  if (shell === undefined || shell.length === 0) {
    throw problem(statement, 'SHELL takes its arguments as JSON only: SHELL ["/bin/bash", "-c"]');
  }
  return Object.freeze({ ...baseOf(statement), kind: 'shell', shell });
}

function readCommand(statement: Statement): CommandLine {
  const args = readJsonForm(statement.rest);
  const words = args ?? [statement.rest];
  const bad = words.find(({ text }) => text.includes('\0'));
  if (bad !== undefined) throw problem(statement, 'a command cannot have a NUL', bad);
  return Object.freeze(
    args === undefined ? { form: 'shell', line: wordOf(statement.rest) } : { form: 'exec', args },
  );
}

function isEmpty(command: CommandLine): boolean {
  return command.form === 'exec' ? command.args.length === 0 : command.line.text === '';
}
