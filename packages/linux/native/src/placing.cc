// Files made below a directory that is open: all that one file needs in one call, since builds make them by the thousand.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "call.h"
#include "contents.h"

namespace wharf {
namespace {

struct Placed {
  uint32_t uid;
  uint32_t gid;
  mode_t mode;
  time_t seconds;
};

// In the order in which none undoes another. Each change is a write to the disk: what is so already stays. False with errno.
bool describe(int fd, const Placed& want) {
  struct stat made;
  if (fstat(fd, &made) < 0) return false;
  const bool owned = made.st_uid == want.uid && made.st_gid == want.gid;
  if (!owned && fchown(fd, want.uid, want.gid) < 0) return false;
  if ((!owned || (made.st_mode & 07777) != want.mode) && fchmod(fd, want.mode) < 0) return false;
  const struct timespec times[2] = {{want.seconds, 0}, {want.seconds, 0}};
  return futimens(fd, times) == 0;
}

napi_value placeFileCall(Call& call) {
  const int from = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const int dir = call.i32(call[2]);
  const std::string name = call.path(call[3]);
  const uint32_t uid = call.u32(call[4]);
  const uint32_t gid = call.u32(call[5]);
  const uint32_t mode = call.u32(call[6]);
  const int64_t seconds = call.integer(call[7], INT32_MIN, INT64_C(1) << 40);
  if (!call.ok()) return nullptr;
  if (name.empty() || name.find('/') != std::string::npos) return call.fail(EINVAL, "openat");
  struct stat status;
  Fd own;
  if (path.empty()) {
    if (fstat(from, &status) < 0) return call.fail(errno, "fstat");
  } else {
    own = Fd(openContent(from, path.c_str(), status));
    if (!own.valid()) return call.fail(errno == ENOENT ? ENODATA : errno, "openat2");
  }
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd fd(openat(dir, name.c_str(), flags, mode & 0777));
  if (!fd.valid()) return call.fail(errno, "openat");
  if (!copyContent(path.empty() ? from : own.get(), status, fd.get())) return call.fail(errno, "copy_file_range");
  if (!describe(fd.get(), {uid, gid, mode, static_cast<time_t>(seconds)})) return call.fail(errno, "fchmod");
  return call.undefined();
}

napi_value spreadDirectoriesCall(Call& call) {
  const std::string path = call.path(call[0]);
  if (!call.ok()) return nullptr;
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return call.fail(errno, "open");
  int flags = 0;
  if (ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) < 0) return call.boolean(false);
  if ((flags & FS_TOPDIR_FL) != 0) return call.boolean(true);
  flags |= FS_TOPDIR_FL;
  return call.boolean(ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) == 0);
}

}  // namespace

void exportPlacing(Exports& exports) {
  exports.add<placeFileCall>("placeFile");
  exports.add<spreadDirectoriesCall>("spreadDirectories");
}

}  // namespace wharf
