import type { FileChange } from '@wharf/core';
import { escapeControls } from '../../format/escape.js';
import { compile, struct } from '../../format/template/index.js';
import { formatRows } from '../../format/table.js';
import type { CliIo } from '../../io/io.js';
import { bytesText } from './bytes-text.js';

const letters = { added: 'A', modified: 'C', deleted: 'D' } as const;

/** Prints differences as they come: `A /path`, or by a --format with the fields Type and Path. */
export async function printChanges(
  io: CliIo,
  format: string,
  batches: AsyncIterable<readonly FileChange[]>,
): Promise<void> {
  const isTable = format.startsWith('table');
  const print = isTable ? undefined : linePrinter(format);
  const rows: object[] = [];
  for await (const changes of batches) {
    if (print === undefined) rows.push(...changes.map(changeRow));
    else if (changes.length > 0) await io.stdout.send(Buffer.from(changes.map(print).join('')));
  }
  if (print === undefined) io.stdout.write(tableText(format, rows));
}

function linePrinter(format: string): (change: FileChange) => string {
  if (format === '') {
    return ({ kind, path }) => `${letters[kind]} ${escapeControls(bytesText(path))}\n`;
  }
  const template = compile(format === 'json' ? '{{json .}}' : format, { clean: escapeControls });
  return (change) => `${template.execute(changeRow(change))}\n`;
}

function changeRow({ kind, path }: FileChange): object {
  return struct('*formatter.diffContext', { Path: bytesText(path), Type: letters[kind] });
}

function tableText(format: string, rows: readonly object[]): string {
  return formatRows({
    format,
    defaultTable: '{{.Type}}\t{{.Path}}',
    headers: { Type: 'CHANGE TYPE', Path: 'PATH' },
    typeName: '*formatter.diffContext',
    rows,
  });
}
