export { render, shortId } from './render.js';
export {
  applyProgress,
  emptyProgress,
  type ProgressEvent,
  type ProgressItem,
  type ProgressState,
} from './state.js';
export {
  progressWriter,
  type ProgressOptions,
  type ProgressOutput,
  type ProgressWriter,
} from './writer.js';
