#include "call.h"

// Context-aware: loads once in every environment (main thread, workers), keeps no state between calls.
NAPI_MODULE_INIT() {
  wharf::Exports list(env, exports);
  wharf::exportMounts(list);
  wharf::exportOverlay(list);
  wharf::exportFiles(list);
  wharf::exportAttributes(list);
  wharf::exportWalk(list);
  wharf::exportTrees(list);
  wharf::exportContents(list);
  wharf::exportPlacing(list);
  wharf::exportQuota(list);
  wharf::exportProcess(list);
  wharf::exportMemory(list);
  wharf::exportSpawn(list);
  wharf::exportSockets(list);
  wharf::exportTty(list);
  wharf::exportNetlink(list);
  wharf::exportExchange(list);
  wharf::exportListen(list);
  wharf::exportNamespaces(list);
  wharf::exportNftables(list);
  wharf::exportSeccomp(list);
  return exports;
}
