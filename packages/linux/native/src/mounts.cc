// mount(2), umount2(2), open_tree(2), move_mount(2), mount_setattr(2); namespaces of the calling thread.
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <thread>

#include "call.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

namespace wharf {
namespace {

napi_value mountCall(Call& call) {
  const bool hasSource = !call.absent(call[0]);
  const bool hasType = !call.absent(call[2]);
  const bool hasData = !call.absent(call[4]);
  const std::string source = hasSource ? call.path(call[0]) : "";
  const std::string target = call.path(call[1]);
  const std::string type = hasType ? call.text(call[2]) : "";
  const unsigned long flags = call.bits(call[3]);
  const std::string data = hasData ? call.text(call[4]) : "";
  if (!call.ok()) return nullptr;
  const int result = ::mount(hasSource ? source.c_str() : nullptr, target.c_str(),
                             hasType ? type.c_str() : nullptr, flags, hasData ? data.c_str() : nullptr);
  return call.done(result, "mount");
}

napi_value umountCall(Call& call) {
  const std::string target = call.path(call[0]);
  const int flags = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  return call.done(umount2(target.c_str(), flags), "umount2");
}

napi_value openTreeCall(Call& call) {
  const std::string path = call.path(call[0]);
  const bool recursive = call.boolean(call[1]);
  if (!call.ok()) return nullptr;
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  return call.descriptor(open_tree(AT_FDCWD, path.c_str(), flags), "open_tree");
}

napi_value moveMountCall(Call& call) {
  const int tree = call.i32(call[0]);
  const int target = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  return call.done(move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
                   "move_mount");
}

napi_value mountSetattrCall(Call& call) {
  const int fd = call.i32(call[0]);
  const bool recursive = call.boolean(call[1]);
  struct mount_attr attr = {};
  attr.attr_set = call.bits(call[2]);
  attr.attr_clr = call.bits(call[3]);
  attr.propagation = call.bits(call[4]);
  if (!call.ok()) return nullptr;
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  return call.done(mount_setattr(fd, "", flags, &attr, sizeof attr), "mount_setattr");
}

// glibc reads /proc/sys/vm/overcommit_memory once in a process: when it first gives back memory of a heap that is not
// the main one (malloc/arena.c, shrink_heap). In a jail that name belongs to the layer, and a FIFO there would hang the
// thread for ever. So make it read before: fill a whole heap (64 MiB) of a new thread, and free it, which passes every
// trim threshold that can be passed at all. Few pages of it are touched.
bool settleAllocator() {
  constexpr size_t blockBytes = 60 << 10;
  constexpr size_t blocks = (66 << 20) / blockBytes;
  std::thread([] {
    std::vector<void*> held;
    held.reserve(blocks);
    for (size_t at = 0; at < blocks; at++) held.push_back(malloc(blockBytes));
    for (size_t at = blocks; at > 0; at--) free(held[at - 1]);
  }).join();
  return true;
}

void settleOnce() {
  static const bool settled = settleAllocator();
  static_cast<void>(settled);
}

napi_value enterJail(Call& call) {
  const std::string dir = call.path(call[0]);
  if (!call.ok()) return nullptr;
  settleOnce();
  if (::unshare(CLONE_FS | CLONE_NEWNS) < 0) return call.fail(errno, "unshare");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) return call.fail(errno, "mount");
  // No device that is made in the jail can be opened in it
  if (::mount(dir.c_str(), dir.c_str(), nullptr, MS_BIND, nullptr) < 0) return call.fail(errno, "mount");
  constexpr unsigned long closed = MS_REMOUNT | MS_BIND | MS_NODEV | MS_NOSUID | MS_NOEXEC;
  if (::mount(nullptr, dir.c_str(), nullptr, closed, nullptr) < 0) return call.fail(errno, "mount");
  if (chdir(dir.c_str()) < 0) return call.fail(errno, "chdir");
  if (chroot(".") < 0) return call.fail(errno, "chroot");
  return call.done(chdir("/"), "chdir");
}

napi_value chrootCall(Call& call) {
  const int fd = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  settleOnce();
  if (fchdir(fd) < 0) return call.fail(errno, "fchdir");
  if (chroot(".") < 0) return call.fail(errno, "chroot");
  return call.done(chdir("/"), "chdir");
}

napi_value unshareCall(Call& call) {
  const int flags = static_cast<int>(call.u32(call[0]));
  if (!call.ok()) return nullptr;
  return call.done(::unshare(flags), "unshare");
}

napi_value setnsCall(Call& call) {
  const int fd = call.i32(call[0]);
  const int type = static_cast<int>(call.u32(call[1]));
  if (!call.ok()) return nullptr;
  return call.done(::setns(fd, type), "setns");
}

}  // namespace

void exportMounts(Exports& exports) {
  exports.add<mountCall>("mount");
  exports.add<umountCall>("umount");
  exports.add<openTreeCall>("openTree");
  exports.add<moveMountCall>("moveMount");
  exports.add<mountSetattrCall>("mountSetattr");
  exports.add<enterJail>("enterJail");
  exports.add<chrootCall>("chroot");
  exports.add<unshareCall>("unshare");
  exports.add<setnsCall>("setns");
}

}  // namespace wharf
