import type { CommandEntry } from '../argv/index.js';
import type { CliContext } from '../context.js';

type Load = CommandEntry<CliContext>['load'];
type More = Partial<Pick<CommandEntry<CliContext>, 'common' | 'hidden'>>;

/** Names are separated by commas, the first is the command's own: `container ls, ps`. */
export function entry(
  names: string,
  summary: string,
  load: Load,
  more: More = {},
): CommandEntry<CliContext> {
  const [path = [], ...aliases] = names.split(', ').map((name) => name.split(' '));
  return { path, aliases, summary, load, ...more };
}
