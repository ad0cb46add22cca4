export * from './command.js';
export { complete, completionText, directives, type Completion } from './complete.js';
export {
  defineFlags,
  type FlagDefinition,
  type FlagTable,
  type FlagType,
  type FlagValues,
} from './flags.js';
export { globalFlags } from './globals.js';
export { commandHelp, managementHelp, optionLines } from './help.js';
export { parseArgv, type Parsed, type ParseOptions } from './parse.js';
export type {
  Candidate,
  CommandEntry,
  CompletionRequest,
  GlobalFlags,
  ManagementEntry,
  Program,
} from './program.js';
export { resolve, type Target } from './resolve.js';
export { runProgram, type ProgramIo } from './run.js';
export { editDistance, nearest, suggest } from './suggest.js';
export { argumentError, flagError, UsageError } from './usage-error.js';
