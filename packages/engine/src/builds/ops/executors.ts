import type { OpExecutors } from '../executor.js';
import { contextExecutor } from './context.js';
import { copyExecutor } from './copy.js';
import type { OpDependencies } from './dependencies.js';
import { directoryExecutor } from './directory.js';
import { filesExecutor } from './files.js';
import { gitExecutor } from './git.js';
import { httpExecutor } from './http.js';
import { imageExecutor } from './image.js';
import { runExecutor } from './run.js';
import { scratchExecutor } from './scratch.js';

/** How each kind of operation is done. */
export function createExecutors(deps: OpDependencies): OpExecutors {
  return {
    image: imageExecutor(deps),
    scratch: scratchExecutor,
    context: contextExecutor(deps),
    files: filesExecutor(deps),
    http: httpExecutor(deps),
    git: gitExecutor(deps),
    run: runExecutor(deps),
    copy: copyExecutor(deps),
    directory: directoryExecutor(deps),
  };
}
