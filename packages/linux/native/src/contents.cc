// The content of one open file into another, and attributes taken away: what building layers out of files needs.
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>

#include "call.h"
#include "contents.h"

#ifndef SYS_removexattrat
#define SYS_removexattrat 466
#endif

namespace wharf {
namespace {

// Up to this size one read and one write cost less than asking how the file lies on its disk.
constexpr off_t small = 1 << 17;
constexpr size_t bufferBytes = 1 << 18;

bool writeAll(int fd, const char* data, size_t size, off_t at) {
  while (size > 0) {
    const ssize_t put = pwrite(fd, data, size, at);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    data += put;
    size -= static_cast<size_t>(put);
    at += put;
  }
  return true;
}

bool copyBytes(int in, int out, off_t at, off_t end) {
  std::string buffer(static_cast<size_t>(std::min<off_t>(end - at, bufferBytes)), '\0');
  while (at < end) {
    const size_t want = std::min<size_t>(buffer.size(), static_cast<size_t>(end - at));
    const ssize_t got = pread(in, buffer.data(), want, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    if (!writeAll(out, buffer.data(), static_cast<size_t>(got), at)) return false;
    at += got;
  }
  return true;
}

bool copyRange(int in, int out, off_t begin, off_t end) {
  off_t to = begin;
  while (begin < end) {
    const ssize_t copied = copy_file_range(in, &begin, out, &to, static_cast<size_t>(end - begin), 0);
    if (copied > 0) continue;
    if (copied == 0) return true;
    if (errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS) return false;
    return copyBytes(in, out, begin, end);
  }
  return true;
}

// Holes stay holes.
bool copyData(int in, int out, off_t size) {
  for (off_t at = 0; at < size;) {
    const off_t begin = lseek(in, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) return true;
    if (begin < 0) return false;
    off_t end = lseek(in, begin, SEEK_HOLE);
    if (end < 0 || end > size) end = size;
    if (begin >= end) return true;
    if (!copyRange(in, out, begin, end)) return false;
    at = end;
  }
  return true;
}

napi_value copyContentCall(Call& call) {
  const int in = call.i32(call[0]);
  const int out = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  struct stat status;
  if (fstat(in, &status) < 0) return call.fail(errno, "fstat");
  if (!copyContent(in, status, out)) return call.fail(errno, "copy_file_range");
  return call.number(static_cast<double>(status.st_size));
}

napi_value removexattrAtCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const std::string name = call.path(call[2]);
  if (!call.ok()) return nullptr;
  if (path.find('/') != std::string::npos) return call.fail(EINVAL, "removexattrat");
  const std::string held = "/proc/self/fd/" + std::to_string(dir);
  long result = -1;
  if (path.empty()) {
    result = ::fremovexattr(dir, name.c_str());
    if (result < 0 && errno == EBADF) result = ::removexattr(held.c_str(), name.c_str());
  } else {
    result = syscall(SYS_removexattrat, dir, path.c_str(), AT_SYMLINK_NOFOLLOW, name.c_str());
    if (result < 0 && errno == ENOSYS) result = ::lremovexattr((held + "/" + path).c_str(), name.c_str());
  }
  if (result < 0 && errno == ENODATA) result = 0;
  return call.done(static_cast<int>(result), "removexattrat");
}

}  // namespace

bool copyContent(int in, const struct stat& status, int out) {
  const off_t size = status.st_size;
  if (size == 0) return true;
  if (size <= small) {
    if (!copyBytes(in, out, 0, size)) return false;
  } else if (ioctl(out, FICLONE, in) < 0 && !copyData(in, out, size)) {
    return false;
  }
  // A hole at the end, or a file that shrank meanwhile.
  struct stat made;
  return fstat(out, &made) == 0 && (made.st_size == size || ftruncate(out, size) == 0);
}

int openContent(int dir, const char* path, struct stat& status) {
  struct open_how how = {};
  how.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  Fd fd(static_cast<int>(syscall(SYS_openat2, dir, path, &how, sizeof how)));
  if (!fd.valid() || fstat(fd.get(), &status) < 0) return -1;
  if (!S_ISREG(status.st_mode)) return errno = ENOENT, -1;
  return fd.release();
}

void exportContents(Exports& exports) {
  exports.add<copyContentCall>("copyContent");
  exports.add<removexattrAtCall>("removexattrAt");
}

}  // namespace wharf
