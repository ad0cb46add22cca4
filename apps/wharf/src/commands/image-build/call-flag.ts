import { InvalidArgumentError, type BuildQuestion } from '@wharf/core';
import { Fields } from './fields.js';

/** What --call asks; undefined is an ordinary build. */
export interface Call {
  readonly question: BuildQuestion;
  readonly json: boolean;
}

const questions = ['check', 'outline', 'targets'] as const;

/** Reads `check`, `outline`, `targets` or `build`, with `,format=json|text`. @throws InvalidArgumentError */
export function parseCall(text: string): Call | undefined {
  const fields = new Fields('--call', text);
  const [word, ...more] = fields.words;
  const method = word ?? fields.take('method') ?? '';
  const json = fields.takeOneOf('format', ['json', 'text'], 'text') === 'json';
  fields.finish();
  const name = method === 'lint' ? 'check' : method;
  if (more.length > 0 || (name !== 'build' && !questions.some((one) => one === name))) {
    throw new InvalidArgumentError(
      `invalid value ${JSON.stringify(text)} of --call: must be check, outline, targets or build, with ,format=json for JSON`,
    );
  }
  const question = questions.find((one) => one === name);
  return question === undefined ? undefined : { question, json };
}
