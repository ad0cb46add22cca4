import { InvalidArgumentError } from '@wharf/core';

/** A refusal by a template function; the evaluator adds where and which function. */
export class CallError extends InvalidArgumentError {
  constructor(message: string) {
    super(message);
    this.name = 'CallError';
  }
}
