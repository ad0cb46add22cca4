import { escapeControlsInLines } from '../../format/escape.js';
import { compile } from '../../format/template/index.js';

/** One object by a --format: `json`, or a template. With a line break at its end. */
export function formatOne(format: string, data: object): string {
  const template = compile(format === 'json' ? '{{json .}}' : format, {
    clean: escapeControlsInLines,
  });
  return `${template.execute(data)}\n`;
}
