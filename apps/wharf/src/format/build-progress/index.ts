import type { BuildDisplay, DisplayOptions, DisplayOutput } from './display.js';
import { PlainDisplay } from './plain.js';
import { JsonDisplay } from './rawjson.js';
import { TerminalDisplay } from './terminal.js';

export type { BuildDisplay } from './display.js';
export { missText } from './miss-text.js';
export { BuildState } from './state.js';

/** How a build is shown; `none` is not at all. */
export type ProgressMode = 'plain' | 'tty' | 'rawjson' | 'none';

export function buildDisplay(
  mode: ProgressMode,
  output: DisplayOutput,
  options: DisplayOptions,
): BuildDisplay {
  const tell = (text: string): void => void output.write(`${text}\n`);
  switch (mode) {
    case 'plain':
      return new PlainDisplay(output, options);
    case 'tty':
      return new TerminalDisplay(output, options);
    case 'rawjson':
      return new JsonDisplay(output);
    case 'none':
      return { frame: () => undefined, stopping: tell, end: () => undefined };
  }
}
