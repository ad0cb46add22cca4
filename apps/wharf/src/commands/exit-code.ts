import { FailedPreconditionError, toWharfError, WharfError } from '@wharf/core';

/** A failure that ends the program with this code. */
export class CodedFailure extends WharfError {
  readonly exitCode: number;

  constructor(thrown: unknown, exitCode: number) {
    const { code, message, cause, facts } = toWharfError(thrown);
    super(code, message, { cause, facts });
    this.exitCode = exitCode;
  }
}

/** The same failure with the code that it names in `facts.exitCode` (126, 127), if it does. */
export function withOwnCode(thrown: unknown): unknown {
  const code = Number(toWharfError(thrown).facts['exitCode'] ?? Number.NaN);
  return code === 126 || code === 127 ? new CodedFailure(thrown, code) : thrown;
}

/** The user left by the detach keys; docker says it in these words. */
export function detachedByKeys(): CodedFailure {
  return new CodedFailure(new FailedPreconditionError('read escape sequence'), 1);
}
