export { describeError, ExitCode, exitCodeOf, type DescribeOptions } from './errors.js';
export { escapeControls, escapeControlsInLines } from './escape.js';
export { writeText } from './output.js';
export * from './progress/index.js';
export { redact } from './redact.js';
export { agoText, localTime, stateWord, statusText } from './status.js';
export { formatRows, isTable, type RowsOptions } from './table.js';
export { alignTabs } from './tabwriter.js';
export {
  compile,
  goJson,
  struct,
  TemplateError,
  type Template,
  type TemplateOptions,
} from './template/index.js';
export * from './units.js';
export { clipToWidth, displayWidth } from './width.js';
