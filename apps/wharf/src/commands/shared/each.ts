import type { CliContext } from '../../context.js';
import { describeError } from '../../format/errors.js';

/**
 * Does one thing to each of several objects at the same time, in the order given printing what `act`
 * returns, then the failures to stderr.
 * @returns the exit code: 1 when any failed
 */
export async function forEach(
  { io, globals }: CliContext,
  names: readonly string[],
  act: (name: string) => Promise<string | undefined>,
): Promise<number> {
  const failures: unknown[] = [];
  const acts = names.map((name) => act(name));
  for (const settled of acts) settled.catch(() => undefined);
  for (const settled of acts) {
    try {
      const line = await settled;
      if (line !== undefined) io.stdout.write(`${line}\n`);
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  const { debug } = globals;
  for (const failure of failures) io.stderr.write(describeError(failure, { name: 'wharf', debug }));
  return failures.length > 0 ? 1 : 0;
}
