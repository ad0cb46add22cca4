import type { FlagDefinition } from '../../argv/flags.js';

const how = `
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template`;

/** The --format of every list. */
export const formatFlag = {
  type: 'string',
  default: '',
  description: `Format output using a custom template:${how}`,
} as const satisfies FlagDefinition;

/** The --format of inspect and of single objects. */
export const inspectFormatFlag = {
  type: 'string',
  short: 'f',
  default: '',
  description: `Format output using a custom template:
'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template`,
} as const satisfies FlagDefinition;
