import { InvalidArgumentError } from '@wharf/core';

/** The command line is wrong. `exitCode` is 125 for flags and 1 for arguments, as docker's. */
export class UsageError extends InvalidArgumentError {
  readonly exitCode: number;
  /** The command that was misused, `wharf run`; names the help to read. */
  readonly command: string | undefined;

  constructor(message: string, exitCode: number, command?: string) {
    super(message);
    this.name = 'UsageError';
    this.exitCode = exitCode;
    this.command = command;
  }

  /** The same failure, of that command. */
  of(command: string): UsageError {
    return new UsageError(this.message, this.exitCode, this.command ?? command);
  }
}

/** A wrong flag: exit code 125, also where the flag belongs to a command other than run. */
export function flagError(message: string): UsageError {
  return new UsageError(message, 125);
}

/** A wrong number of arguments or an unknown command: exit code 1. */
export function argumentError(message: string): UsageError {
  return new UsageError(message, 1);
}
