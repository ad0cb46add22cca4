import { displayWidth } from './width.js';

export interface TabwriterOptions {
  /** Least columns of a cell, with its padding. */
  readonly minWidth: number;
  readonly padding: number;
}

/** What docker's tables use. */
const dockerTable: TabwriterOptions = { minWidth: 10, padding: 3 };

/**
 * Aligns text whose cells end in tabs, as Go's text/tabwriter does: a column is a run of
 * neighbouring lines that have that cell; what follows the last tab of a line is not padded.
 */
export function alignTabs(text: string, options: TabwriterOptions = dockerTable): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths = lines.map((): number[] => []);
  const deepest = lines.reduce((most, cells) => Math.max(most, cells.length - 1), 0);
  for (let column = 0; column < deepest; column++) widen(lines, widths, column, options);
  return lines.map((cells, row) => padCells(cells, widths[row] ?? [])).join('\n');
}

/** Sets the width of one column in every run of lines that has it. */
function widen(
  lines: readonly (readonly string[])[],
  widths: readonly number[][],
  column: number,
  { minWidth, padding }: TabwriterOptions,
): void {
  let start = 0;
  while (start < lines.length) {
    let end = start;
    let width = minWidth;
    while ((lines[end]?.length ?? 0) > column + 1) {
      width = Math.max(width, displayWidth(lines[end]?.[column] ?? '') + padding);
      end++;
    }
    for (let row = start; row < end; row++) widths[row]?.push(width);
    start = Math.max(end, start + 1);
  }
}

function padCells(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, at) => {
      const missing = at < cells.length - 1 ? (widths[at] ?? 0) - displayWidth(cell) : 0;
      return cell + ' '.repeat(Math.max(0, missing));
    })
    .join('');
}
