export * from './gen/wharf/shim/v1/task.js';
export { TtrpcResponse } from './gen/wharf/shim/v1/ttrpc.js';
export * from './ttrpc/index.js';
export { encodeJournalLine, fromTimestamp, parseJournal, toTimestamp } from './shim-journal.js';

/** As it is named in every request. */
export const TaskServiceName = 'wharf.shim.v1.TaskService';
export { attachOutputPrefix, decodeAttachResponse, type AttachOutput } from './shim-attach.js';
export { AttachReader, type AttachPart } from './shim-attach-reader.js';
