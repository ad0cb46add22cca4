import { defineCommand } from '../argv/command.js';
import type { CliContext } from '../context.js';

/** Types a command of this program. */
export const define = defineCommand<CliContext>();
