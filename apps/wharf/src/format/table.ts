import { escapeControls, escapeControlsInLines } from './escape.js';
import { alignTabs } from './tabwriter.js';
import { compile, headerFunctions, struct, type Template } from './template/index.js';

/** The rows of a list and how the user wants them. */
export interface RowsOptions {
  /** The user's --format: '' or `table`, `table TEMPLATE`, `json`, or a template. */
  readonly format: string;
  /** The template of the default table, without the word `table`: `{{.ID}}\t{{.Names}}`. */
  readonly defaultTable: string;
  /** Titles of columns by field. */
  readonly headers: Readonly<Record<string, string>>;
  /** Name of the row type in errors: `*formatter.ContainerContext`. */
  readonly typeName: string;
  /** Fields by name; functions are fields worked out when they are asked for. */
  readonly rows: readonly object[];
}

/**
 * The text of a list, a row per line with a line break each, as docker's formatter prints it. Control
 * characters in what rows hold are escaped.
 * @throws TemplateError for a template that does not parse or does not fit the rows.
 */
export function formatRows(options: RowsOptions): string {
  const { format, defaultTable } = options;
  if (format === '' || format === 'table') return tableText(defaultTable, options);
  if (isTable(format)) return tableText(format.slice('table'.length).trim(), options);
  const template = compileRow(format === 'json' ? '{{json .}}' : format, escapeControlsInLines);
  return rowTexts(template, options).join('');
}

/** Whether a --format asks for a table, which has a header and aligned columns. */
export function isTable(format: string): boolean {
  return format === '' || format.startsWith('table');
}

/** Docker reads `\t` and `\n` in a --format as the characters; shells do not. */
function unescapeFormat(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}

function compileRow(format: string, clean: (text: string) => string): Template {
  return compile(unescapeFormat(format), { clean });
}

function rowTexts(template: Template, { rows, typeName }: RowsOptions): string[] {
  return rows.map((row) => `${template.execute(struct(typeName, row))}\n`);
}

function tableText(format: string, options: RowsOptions): string {
  const header = compile(unescapeFormat(format), { functions: headerFunctions() });
  const lines = rowTexts(compileRow(format, escapeControls), options);
  const titles = { ...options.headers, Label: labelTitle };
  return alignTabs(`${header.execute(titles)}\n${lines.join('')}`);
}

/** The title of a column of one label: its last part, dashes as spaces. */
function labelTitle(name: string): string {
  return (name.split('.').at(-1) ?? '').replaceAll(/[-_]/g, ' ');
}
