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
import { listContainerChanges } from './containers/changes.js';
import { commitContainer } from './containers/commit.js';
import { copyFromContainer } from './containers/copy-from.js';
import { copyToContainer } from './containers/copy-to.js';
import { exportContainer } from './containers/export.js';
import { statContainerPath } from './containers/stat-path.js';
import { convertImage } from './images/convert.js';
import { diffImages } from './images/diff.js';
import { getImageHistory } from './images/history.js';
import { importImage } from './images/import.js';
import { loadImages } from './images/load.js';
import { mountImage } from './images/mount.js';
import { listImageMounts } from './images/mounts.js';
import { pruneImages } from './images/prune.js';
import { pushImage } from './images/push.js';
import { saveImages } from './images/save.js';
import { unmountImage } from './images/unmount.js';
import { verifyImage } from './images/verify.js';
import { annotateManifest } from './manifests/annotate.js';
import { copyImage } from './manifests/copy.js';
import { createManifestList } from './manifests/create.js';
import { inspectManifest } from './manifests/inspect.js';
import { pushManifestList } from './manifests/push.js';
import { removeManifestLists } from './manifests/remove.js';
import { checkLogin } from './registries/login.js';
import { searchImages } from './registries/search.js';
import { listTags } from './registries/tags.js';
import { describeContent } from './contents/describe.js';
import { listMissingBlobs } from './contents/missing.js';
import { nameContent } from './contents/name.js';
import { readBlob } from './contents/read.js';
import { writeBlob } from './contents/write.js';
import { getDiskUsage } from './system/disk-usage.js';
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
  listContainerChanges,
  commitContainer,
  copyFromContainer,
  copyToContainer,
  exportContainer,
  statContainerPath,
  convertImage,
  diffImages,
  getImageHistory,
  importImage,
  loadImages,
  mountImage,
  listImageMounts,
  pruneImages,
  pushImage,
  saveImages,
  unmountImage,
  verifyImage,
  annotateManifest,
  copyImage,
  createManifestList,
  inspectManifest,
  pushManifestList,
  removeManifestLists,
  checkLogin,
  searchImages,
  listTags,
  describeContent,
  listMissingBlobs,
  nameContent,
  readBlob,
  writeBlob,
  getDiskUsage,
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
