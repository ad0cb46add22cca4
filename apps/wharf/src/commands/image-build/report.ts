import type { BuildWarning } from '@wharf/core';
import { escapeControls } from '../../format/escape.js';

/** The warnings of a build; with details where they are wanted. */
export function warningsText(warnings: readonly BuildWarning[], details: boolean): string {
  if (warnings.length === 0) return '';
  const count = warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`;
  const hint = details ? '' : ' (use wharf -D build to expand)';
  const lines = warnings.flatMap((warning) => warningLines(warning, details));
  return `\n ${count} found${hint}:\n${lines.join('\n')}\n`;
}

function warningLines(
  { rule, message, detail, url, place }: BuildWarning,
  details: boolean,
): string[] {
  const name = rule === '' ? '' : `${rule}: `;
  const where = place === undefined ? '' : ` (line ${place.firstLine})`;
  const head = ` - ${escapeControls(`${name}${message}`)}${where}`;
  if (!details) return [head];
  const excerpt = place === undefined ? [] : ['', ...place.excerpt.split('\n').map(escapeControls)];
  return [head, ...[detail, url].filter((text) => text !== '').map(escapeControls), ...excerpt, ''];
}

/** What --verify found. */
export function verifiedText(differences: readonly string[]): string {
  if (differences.length === 0) return 'verified: a second build gave the same\n';
  const paths = differences.map((path) => `  ${escapeControls(path)}\n`).join('');
  return `not reproducible: a second build differs in\n${paths}`;
}
