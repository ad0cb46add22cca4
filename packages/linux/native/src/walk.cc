// Reading a tree by directory descriptors, without /proc: names, status and attributes of entries.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "call.h"

#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#endif

namespace wharf {
namespace {

// struct xattr_args of linux/xattr.h (6.13).
struct XattrArgs {
  uint64_t value;
  uint32_t size;
  uint32_t flags;
};

constexpr uint64_t anchored = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
constexpr int openAttempts = 64;

// O_PATH, so that nothing happens to what is opened; the last component may be a link, which is then opened itself.
int openAnchored(int dir, const char* path, uint64_t flags) {
  struct open_how how = {};
  how.flags = flags | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = anchored;
  long fd = -1;
  for (int i = 0; i < openAttempts; i++) {
    fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) break;
  }
  return static_cast<int>(fd);
}

bool hasDirectory(const std::string& path) { return path.find('/') != std::string::npos; }

bool isMissing(int err) { return err == ENOENT || err == ENOTDIR || err == ELOOP; }

napi_value readDirectoryCall(Call& call) {
  const int dir = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  // A descriptor of its own: the place in the directory belongs to the open file.
  Fd own(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return call.fail(errno, "openat");
  DIR* stream = fdopendir(own.get());
  if (stream == nullptr) return call.fail(errno, "fdopendir");
  own.release();
  napi_value out = nullptr;
  napi_create_array(call.env, &out);
  uint32_t count = 0;
  errno = 0;
  for (struct dirent* entry = readdir(stream); entry != nullptr; errno = 0, entry = readdir(stream)) {
    const char* name = entry->d_name;
    if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'))) continue;
    napi_value text = nullptr;
    if (napi_create_string_latin1(call.env, name, NAPI_AUTO_LENGTH, &text) != napi_ok) break;
    napi_set_element(call.env, out, count++, text);
  }
  const int err = errno;
  closedir(stream);
  return err == 0 ? out : call.fail(err, "getdents64");
}

// A regular file, opened for reading, or -1 with errno 0 when it is something else. What the name leads to is first
// held by O_PATH and looked at: opening a device, which a hostile tree can put in a file's place, has effects.
int openRegular(int dir, const char* path) {
  Fd held(openAnchored(dir, path, O_PATH));
  if (!held.valid()) return -1;
  struct stat status;
  if (fstat(held.get(), &status) < 0) return -1;
  if (!S_ISREG(status.st_mode)) return errno = 0, -1;
  const std::string link = "/proc/self/fd/" + std::to_string(held.get());
  Fd fd(open(link.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat opened;
  if (fd.valid() && fstat(fd.get(), &opened) == 0 && opened.st_ino == status.st_ino && opened.st_dev == status.st_dev)
    return fd.release();
  // The thread is in a jail, which is mounted nodev: no /proc, or whatever a hostile root has there.
  return openAnchored(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

napi_value openRegularCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  if (!call.ok()) return nullptr;
  const int fd = openRegular(dir, path.c_str());
  if (fd >= 0) return call.number(fd);
  return errno == 0 || isMissing(errno) ? call.null() : call.fail(errno, "openat2");
}

napi_value statusOf(Call& call, const struct stat& status) {
  napi_value out = call.object();
  napi_value ino = nullptr;
  napi_create_bigint_uint64(call.env, status.st_ino, &ino);
  call.set(out, "mode", call.number(status.st_mode));
  call.set(out, "uid", call.number(status.st_uid));
  call.set(out, "gid", call.number(status.st_gid));
  call.set(out, "links", call.number(static_cast<double>(status.st_nlink)));
  call.set(out, "size", call.number(static_cast<double>(status.st_size)));
  call.set(out, "blocks", call.number(static_cast<double>(status.st_blocks)));
  call.set(out, "device", call.number(static_cast<double>(status.st_dev)));
  call.set(out, "inode", ino);
  call.set(out, "major", call.number(major(status.st_rdev)));
  call.set(out, "minor", call.number(minor(status.st_rdev)));
  call.set(out, "mtimeSec", call.number(static_cast<double>(status.st_mtim.tv_sec)));
  call.set(out, "mtimeNsec", call.number(static_cast<double>(status.st_mtim.tv_nsec)));
  return out;
}

napi_value statAtCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  if (!call.ok()) return nullptr;
  struct stat status;
  int result = -1;
  if (hasDirectory(path)) {
    Fd fd(openAnchored(dir, path.c_str(), O_PATH));
    if (fd.valid()) result = fstat(fd.get(), &status);
  } else {
    const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (path.empty() ? AT_EMPTY_PATH : 0);
    result = fstatat(dir, path.c_str(), &status, flags);
  }
  if (result == 0) return statusOf(call, status);
  return isMissing(errno) ? call.null() : call.fail(errno, "fstatat");
}

// The attributes of one entry, by the calls of Linux 6.13, else (and for O_PATH descriptors) by a path of /proc that
// leads to the descriptor of the entry's directory, with its name, which is not followed.
class Attributes {
 public:
  Attributes(int dir, const std::string& path) : dir_(dir), path_(path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return;
    parent_ = Fd(openAnchored(dir, path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY));
    failed_ = !parent_.valid();
    dir_ = parent_.get();
    path_ = path.substr(slash + 1);
  }

  bool failed() const { return failed_; }

  ssize_t list(char* buffer, size_t room) const {
    if (path_.empty()) {
      const ssize_t got = ::flistxattr(dir_, buffer, room);
      return got < 0 && errno == EBADF ? ::listxattr(procPath().c_str(), buffer, room) : got;
    }
    const long got = syscall(SYS_listxattrat, dir_, path_.c_str(), AT_SYMLINK_NOFOLLOW, buffer, room);
    return got < 0 && errno == ENOSYS ? ::llistxattr(procPath().c_str(), buffer, room) : got;
  }

  ssize_t get(const char* name, char* buffer, size_t room) const {
    if (path_.empty()) {
      const ssize_t got = ::fgetxattr(dir_, name, buffer, room);
      return got < 0 && errno == EBADF ? ::getxattr(procPath().c_str(), name, buffer, room) : got;
    }
    XattrArgs args = {reinterpret_cast<uint64_t>(buffer), static_cast<uint32_t>(room), 0};
    const long got = syscall(SYS_getxattrat, dir_, path_.c_str(), AT_SYMLINK_NOFOLLOW, name, &args, sizeof args);
    return got < 0 && errno == ENOSYS ? ::lgetxattr(procPath().c_str(), name, buffer, room) : got;
  }

 private:
  std::string procPath() const {
    const std::string base = "/proc/self/fd/" + std::to_string(dir_);
    return path_.empty() ? base : base + "/" + path_;
  }

  Fd parent_;
  int dir_;
  std::string path_;
  bool failed_ = false;
};

// Asks with a buffer that nearly always suffices, then for the size, again when it grew meanwhile. -1 with errno.
template <typename Read>
ssize_t readAll(std::string& out, Read read) {
  out.resize(1024);
  while (true) {
    const ssize_t got = read(out.data(), out.size());
    if (got >= 0) {
      out.resize(static_cast<size_t>(got));
      return got;
    }
    if (errno != ERANGE) return -1;
    const ssize_t size = read(nullptr, 0);
    if (size < 0) return -1;
    out.resize(static_cast<size_t>(size) + 64);
  }
}

napi_value listxattrAtCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  if (!call.ok()) return nullptr;
  const Attributes attributes(dir, path);
  std::string all;
  if (attributes.failed() ||
      readAll(all, [&](char* buffer, size_t room) { return attributes.list(buffer, room); }) < 0) {
    if (errno != ENOTSUP) return call.fail(errno, "listxattrat");
    all.clear();
  }
  napi_value out = nullptr;
  napi_create_array(call.env, &out);
  uint32_t count = 0;
  for (size_t start = 0; start < all.size();) {
    size_t end = all.find('\0', start);
    if (end == std::string::npos) end = all.size();
    napi_value name = nullptr;
    napi_create_string_latin1(call.env, all.data() + start, end - start, &name);
    napi_set_element(call.env, out, count++, name);
    start = end + 1;
  }
  return out;
}

napi_value getxattrAtCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const std::string name = call.path(call[2]);
  if (!call.ok()) return nullptr;
  const Attributes attributes(dir, path);
  std::string value;
  if (!attributes.failed() &&
      readAll(value, [&](char* buffer, size_t room) { return attributes.get(name.c_str(), buffer, room); }) >= 0) {
    return call.bytes(value);
  }
  return errno == ENODATA || errno == ENOTSUP ? call.null() : call.fail(errno, "getxattrat");
}

// What a read of so many bytes gives, less at the end of the file. -1 with errno.
ssize_t readUpTo(int fd, char* buffer, size_t count) {
  size_t done = 0;
  while (done < count) {
    const ssize_t got = read(fd, buffer + done, count - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

napi_value readPlainFileCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  size_t room = 0;
  char* target = call.memory(call[2], &room);
  if (!call.ok()) return nullptr;
  Fd fd(openRegular(dir, path.c_str()));
  if (!fd.valid()) return errno == 0 || isMissing(errno) ? call.null() : call.fail(errno, "openat2");
  struct stat status;
  if (fstat(fd.get(), &status) < 0) return call.fail(errno, "fstat");
  const size_t size = static_cast<size_t>(status.st_size);
  const bool plain = status.st_nlink < 2 && size <= room && ::flistxattr(fd.get(), nullptr, 0) <= 0;
  ssize_t got = -1;
  struct stat after = status;
  if (plain) {
    got = readUpTo(fd.get(), target, size);
    if (got < 0 || fstat(fd.get(), &after) < 0) return call.fail(errno, "read");
  }
  napi_value out = statusOf(call, status);
  call.set(out, "read", call.number(static_cast<double>(got)));
  call.set(out, "changed", call.boolean(plain && (static_cast<size_t>(got) < size || after.st_size != status.st_size)));
  return out;
}

}  // namespace

void exportWalk(Exports& exports) {
  exports.add<readDirectoryCall>("readDirectory");
  exports.add<openRegularCall>("openRegular");
  exports.add<statAtCall>("statAt");
  exports.add<readPlainFileCall>("readPlainFile");
  exports.add<listxattrAtCall>("listxattrAt");
  exports.add<getxattrAtCall>("getxattrAt");
}

}  // namespace wharf
