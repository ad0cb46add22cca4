import type { Handler } from './calls/handler.js';
import { attachContainer } from './containers/attach.js';
import { createContainer } from './containers/create.js';
import { getContainer } from './containers/get.js';
import { killContainer } from './containers/kill.js';
import { listContainers } from './containers/list.js';
import { streamContainerLogs } from './containers/logs.js';
import { pauseContainer } from './containers/pause.js';
import { removeContainer } from './containers/remove.js';
import { renameContainer } from './containers/rename.js';
import { resizeContainer } from './containers/resize.js';
import { restartContainer } from './containers/restart.js';
import { startContainer } from './containers/start.js';
import { streamContainerStats } from './containers/stats.js';
import { stopContainer } from './containers/stop.js';
import { topContainer } from './containers/top.js';
import { unpauseContainer } from './containers/unpause.js';
import { waitContainer } from './containers/wait.js';
import { watchEvents } from './events/watch.js';
import { bootstrapImage } from './images/bootstrap.js';
import { getImage } from './images/get.js';
import { listImages } from './images/list.js';
import { pullImage } from './images/pull.js';
import { removeImage } from './images/remove.js';
import { tagImage } from './images/tag.js';
import { execProcess } from './processes/exec.js';
import { getProcess } from './processes/get.js';
import { listProcesses } from './processes/list.js';
import { getInfo } from './system/info.js';
import { ping } from './system/ping.js';
import { healthHandlers } from './standard/health.js';
import { reflectionHandlers } from './standard/reflection.js';
import { getVersion } from './system/version.js';

/** All remote procedures of the engine. */
const engineHandlers: readonly Handler[] = [
  createContainer,
  startContainer,
  stopContainer,
  restartContainer,
  killContainer,
  pauseContainer,
  unpauseContainer,
  renameContainer,
  removeContainer,
  waitContainer,
  getContainer,
  listContainers,
  topContainer,
  resizeContainer,
  streamContainerLogs,
  streamContainerStats,
  attachContainer,
  execProcess,
  getProcess,
  listProcesses,
  listImages,
  getImage,
  pullImage,
  bootstrapImage,
  tagImage,
  removeImage,
  watchEvents,
  ping,
  getVersion,
  getInfo,
];

/** The engine's procedures, and those by which any gRPC client finds its way. */
export function allHandlers(): readonly Handler[] {
  const services = new Set(engineHandlers.map(({ path }) => path.slice(1, path.lastIndexOf('/'))));
  return [...engineHandlers, ...healthHandlers(services), ...reflectionHandlers(services)];
}
