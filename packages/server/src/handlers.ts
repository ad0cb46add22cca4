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
import { createNetwork } from './networks/create.js';
import { getNetwork } from './networks/get.js';
import { listNetworks } from './networks/list.js';
import { removeNetwork } from './networks/remove.js';
import { pruneNetworks } from './networks/prune.js';
import { connectNetwork } from './networks/connect.js';
import { disconnectNetwork } from './networks/disconnect.js';
import { updateNetwork } from './networks/update.js';
import { createVolume } from './volumes/create.js';
import { getVolume } from './volumes/get.js';
import { listVolumes } from './volumes/list.js';
import { removeVolume } from './volumes/remove.js';
import { pruneVolumes } from './volumes/prune.js';
import { updateVolume } from './volumes/update.js';
import { renameVolume } from './volumes/rename.js';
import { exportVolume } from './volumes/export.js';
import { importVolume } from './volumes/import.js';
import { cloneVolume } from './volumes/clone.js';
import { snapshotVolume } from './volumes/snapshot.js';
import { rollbackVolume } from './volumes/rollback.js';
import { removeVolumeSnapshot } from './volumes/remove-snapshot.js';
import { listVolumeEntries } from './volumes/entries.js';
import { exportVolumeEntries } from './volumes/export-entries.js';
import { applyVolumeEntries } from './volumes/apply-entries.js';
import { syncTree } from './builds/sync-tree.js';
import { importArchive } from './builds/import-archive.js';
import { build } from './builds/build.js';
import { ask } from './builds/ask.js';
import { listBuilds } from './builds/list.js';
import { getBuild } from './builds/get.js';
import { buildLogs } from './builds/logs.js';
import { removeBuild } from './builds/remove.js';
import { explainBuild } from './builds/explain.js';
import { listCache } from './builds/list-cache.js';
import { pruneCache } from './builds/prune-cache.js';
import { listCacheMounts } from './builds/list-cache-mounts.js';
import { exportCacheMount } from './builds/export-cache-mount.js';
import { importCacheMount } from './builds/import-cache-mount.js';
import { debug } from './builds/debug.js';
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
  createNetwork,
  getNetwork,
  listNetworks,
  removeNetwork,
  pruneNetworks,
  connectNetwork,
  disconnectNetwork,
  updateNetwork,
  createVolume,
  getVolume,
  listVolumes,
  removeVolume,
  pruneVolumes,
  updateVolume,
  renameVolume,
  exportVolume,
  importVolume,
  cloneVolume,
  snapshotVolume,
  rollbackVolume,
  removeVolumeSnapshot,
  listVolumeEntries,
  exportVolumeEntries,
  applyVolumeEntries,
  syncTree,
  importArchive,
  build,
  ask,
  listBuilds,
  getBuild,
  buildLogs,
  removeBuild,
  explainBuild,
  listCache,
  pruneCache,
  listCacheMounts,
  exportCacheMount,
  importCacheMount,
  debug,
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
