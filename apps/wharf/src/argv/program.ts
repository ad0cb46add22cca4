import type { AnyCommand } from './command.js';
import type { FlagValues } from './flags.js';
import type { globalFlags } from './globals.js';

/** A command as the registry knows it before its module is loaded. */
export interface CommandEntry<Context> {
  readonly path: readonly string[];
  readonly aliases?: readonly (readonly string[])[];
  readonly summary: string;
  /** Shown first in the program's help, in the order of the registry. */
  readonly common?: boolean;
  readonly hidden?: boolean;
  /** Imports the module that defines the command: `() => import('./commands/container/ls.js')`. */
  readonly load: () => Promise<{ readonly default: AnyCommand<Context> }>;
}

/** A word that only groups commands: `container`. */
export interface ManagementEntry {
  readonly path: readonly string[];
  readonly summary: string;
  readonly hidden?: boolean;
}

export type GlobalTable = ReturnType<typeof globalFlags>;
export type GlobalFlags = FlagValues<GlobalTable>;

/** A completion candidate with a word about it. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

export interface CompletionRequest {
  /** What is to be completed: `container`, `image` … */
  readonly kind: string;
  /** What the user has typed of it. */
  readonly prefix: string;
  /** Those of the command that stand before it. */
  readonly words: readonly string[];
  readonly globals: GlobalFlags;
  readonly signal: AbortSignal;
}

/** The whole command line program. Everything in it is data; nothing is loaded before it is needed. */
export interface Program<Context> {
  /** `wharf`; also the first word of its messages. */
  readonly name: string;
  /** One line about the program. */
  readonly tagline: string;
  /** Printed for --version. */
  readonly version: string;
  readonly commands: readonly CommandEntry<Context>[];
  readonly management: readonly ManagementEntry[];
  readonly globals: GlobalTable;
  /** Makes what commands work with. Not called for help, usage errors and completion of flags. */
  readonly createContext: (globals: GlobalFlags) => Context | Promise<Context>;
  /** Names of objects for completion; an empty list when they cannot be told. */
  readonly complete?: (request: CompletionRequest) => Promise<readonly Candidate[]>;
}

/** A program as help and completion see it: all but what its commands work with. */
export type Outline = Omit<Program<never>, 'createContext'>;

/** Every full name under which a command is found. */
export function namesOf(entry: CommandEntry<never>): readonly (readonly string[])[] {
  return [entry.path, ...(entry.aliases ?? [])];
}
