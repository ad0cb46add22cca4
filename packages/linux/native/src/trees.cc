// Copies of whole trees by directory descriptors, with shared blocks where the file system has them; idmapped mounts.
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <atomic>
#include <map>

#include "work.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

namespace wharf {
namespace {

constexpr int deepest = 1024;
constexpr uint64_t beneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

int openBeneath(int dir, const char* name, uint64_t flags, uint64_t mode = 0) {
  struct open_how how = {};
  how.flags = flags | O_NOFOLLOW | O_CLOEXEC;
  how.mode = mode;
  how.resolve = beneath;
  long fd = -1;
  for (int i = 0; i < 64; i++) {
    fd = syscall(SYS_openat2, dir, name, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) break;
  }
  return static_cast<int>(fd);
}

std::string procPath(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

bool isGone(int err) { return err == ENOENT || err == ENOTDIR || err == ELOOP || err == EXDEV; }

struct Linked {
  Fd copy;
  nlink_t left;
};
using Links = std::map<std::pair<dev_t, ino_t>, Linked>;

// Descriptors that are held for files with several names; beyond, names become files of their own.
constexpr size_t mostLinks = 4096;

// One copy. An entry that goes or becomes another meanwhile is left out; any other failure ends it.
class CopyTree : public Work {
 public:
  CopyTree(Fd from, Fd to, bool reflink) : from_(std::move(from)), to_(std::move(to)), reflink_(reflink) {}

  void run() override {
    if (copyDirectory(from_.get(), to_.get(), 0)) copyStatus(from_.get(), to_.get());
  }

  napi_value result(napi_env env) override { return makeNumber(env, static_cast<double>(files_)); }

 private:
  bool refuse(const char* call) {
    fail(errno, call);
    return false;
  }

  bool copyDirectory(int from, int to, int depth) {
    if (depth > deepest) return errno = ENAMETOOLONG, refuse("openat2");
    Fd own(openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own.valid()) return refuse("openat");
    DIR* stream = fdopendir(own.get());
    if (stream == nullptr) return refuse("fdopendir");
    own.release();
    bool good = true;
    errno = 0;
    for (struct dirent* entry = readdir(stream); good && entry != nullptr; entry = readdir(stream)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") good = copyEntry(from, to, name, depth);
      if (good) errno = 0;
    }
    if (good && errno != 0) good = refuse("getdents64");
    closedir(stream);
    return good;
  }

  bool copyEntry(int from, int to, const std::string& name, int depth) {
    Fd held(openBeneath(from, name.c_str(), O_PATH));
    if (!held.valid()) return isGone(errno) ? true : refuse("openat2");
    struct stat status;
    if (fstat(held.get(), &status) < 0) return refuse("fstat");
    files_++;
    if (S_ISDIR(status.st_mode)) return copyChild(held.get(), to, name, depth);
    const bool linked = status.st_nlink > 1;
    if (linked) {
      const auto known = links_.find({status.st_dev, status.st_ino});
      if (known != links_.end()) return linkTo(known, to, name);
    }
    const bool made = S_ISREG(status.st_mode)   ? copyFile(held.get(), to, name)
                      : S_ISLNK(status.st_mode) ? copyLink(held.get(), to, name)
                                                : mknodat(to, name.c_str(), status.st_mode, status.st_rdev) == 0 ||
                                                      refuse("mknodat");
    if (!made) return false;
    Fd copy(openBeneath(to, name.c_str(), O_PATH));
    if (!copy.valid()) return refuse("openat2");
    if (!copyStatus(held.get(), copy.get())) return false;
    if (linked && links_.size() < mostLinks) {
      const std::pair<dev_t, ino_t> key(status.st_dev, status.st_ino);
      links_.emplace(key, Linked{std::move(copy), status.st_nlink - 1});
    }
    return true;
  }

  // The copy is held until its last name is there.
  bool linkTo(Links::iterator known, int to, const std::string& name) {
    const std::string path = procPath(known->second.copy.get());
    if (linkat(AT_FDCWD, path.c_str(), to, name.c_str(), AT_SYMLINK_FOLLOW) < 0) return refuse("linkat");
    if (--known->second.left == 0) links_.erase(known);
    return true;
  }

  bool copyChild(int from, int to, const std::string& name, int depth) {
    if (mkdirat(to, name.c_str(), 0700) < 0) return refuse("mkdirat");
    Fd child(openBeneath(to, name.c_str(), O_PATH | O_DIRECTORY));
    if (!child.valid()) return refuse("openat2");
    return copyDirectory(from, child.get(), depth + 1) && copyStatus(from, child.get());
  }

  bool copyLink(int held, int to, const std::string& name) {
    std::string target(4096, '\0');
    const ssize_t length = readlinkat(held, "", target.data(), target.size());
    if (length < 0) return refuse("readlinkat");
    target.resize(static_cast<size_t>(length));
    return symlinkat(target.c_str(), to, name.c_str()) == 0 || refuse("symlinkat");
  }

  bool copyFile(int held, int to, const std::string& name) {
    Fd in(open(procPath(held).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!in.valid()) return refuse("open");
    Fd out(openBeneath(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    if (!out.valid()) return refuse("openat2");
    if (ioctl(out.get(), FICLONE, in.get()) == 0) return true;
    if (reflink_) return refuse("ioctl");
    struct stat status;
    if (fstat(in.get(), &status) < 0) return refuse("fstat");
    return copyData(in.get(), out.get(), status.st_size) &&
           (ftruncate(out.get(), status.st_size) == 0 || refuse("ftruncate"));
  }

  // Holes stay holes.
  bool copyData(int in, int out, off_t size) {
    for (off_t at = 0; at < size;) {
      const off_t begin = lseek(in, at, SEEK_DATA);
      if (begin < 0) return errno == ENXIO ? true : refuse("lseek");
      off_t end = lseek(in, begin, SEEK_HOLE);
      if (end < 0 || end > size) end = size;
      if (begin >= end) return true;
      if (!copyRange(in, out, begin, end)) return false;
      at = end;
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
      if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS) return refuse("copy_file_range");
      return copyBytes(in, out, begin, end);
    }
    return true;
  }

  bool copyBytes(int in, int out, off_t at, off_t end) {
    std::string buffer(1 << 18, '\0');
    while (at < end) {
      const size_t want = std::min<size_t>(buffer.size(), static_cast<size_t>(end - at));
      const ssize_t got = pread(in, buffer.data(), want, at);
      if (got < 0) return refuse("pread");
      if (got == 0) return true;
      for (ssize_t done = 0; done < got;) {
        const ssize_t put = pwrite(out, buffer.data() + done, static_cast<size_t>(got - done), at + done);
        if (put < 0) return refuse("pwrite");
        done += put;
      }
      at += got;
    }
    return true;
  }

  // Attributes, owner, mode, times; in the order in which none undoes another.
  bool copyStatus(int from, int to) {
    struct stat status;
    if (fstatat(from, "", &status, AT_EMPTY_PATH) < 0) return refuse("fstatat");
    if (fchownat(to, "", status.st_uid, status.st_gid, AT_EMPTY_PATH) < 0) return refuse("fchownat");
    if (!S_ISLNK(status.st_mode)) {
      if (chmod(procPath(to).c_str(), status.st_mode & 07777) < 0) return refuse("fchmodat");
      if (!copyAttributes(from, to)) return false;
    }
    const struct timespec times[2] = {status.st_atim, status.st_mtim};
    if (S_ISLNK(status.st_mode)) return utimensat(to, "", times, AT_EMPTY_PATH) == 0 || errno == EINVAL || errno == ENOENT;
    return utimensat(AT_FDCWD, procPath(to).c_str(), times, 0) == 0 || refuse("utimensat");
  }

  bool copyAttributes(int from, int to) {
    const std::string source = procPath(from), target = procPath(to);
    std::string names(65536, '\0');
    const ssize_t length = listxattr(source.c_str(), names.data(), names.size());
    if (length < 0) return errno == EOPNOTSUPP ? true : refuse("listxattr");
    for (size_t at = 0; at < static_cast<size_t>(length); at += names.substr(at).find('\0') + 1) {
      const char* name = names.data() + at;
      std::string value(65536, '\0');
      const ssize_t size = getxattr(source.c_str(), name, value.data(), value.size());
      if (size < 0) continue;
      if (setxattr(target.c_str(), name, value.data(), static_cast<size_t>(size), 0) < 0 && errno != EOPNOTSUPP)
        return refuse("setxattr");
    }
    return true;
  }

  Fd from_, to_;
  bool reflink_;
  uint64_t files_ = 0;
  Links links_;
};

napi_value copyTreeCall(Call& call) {
  const int from = call.i32(call[0]);
  const int to = call.i32(call[1]);
  const bool reflink = call.boolean(call[2]);
  if (!call.ok()) return nullptr;
  Fd source(fcntl(from, F_DUPFD_CLOEXEC, 0)), target(fcntl(to, F_DUPFD_CLOEXEC, 0));
  if (!source.valid() || !target.valid()) return call.fail(errno, "fcntl");
  return startWork(call, std::make_unique<CopyTree>(std::move(source), std::move(target), reflink));
}

// Whether an empty file of the directory can share blocks with another: nothing is left there.
napi_value canReflinkCall(Call& call) {
  const std::string directory = call.path(call[0]);
  if (!call.ok()) return nullptr;
  Fd one(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  Fd other(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!one.valid() || !other.valid()) return call.boolean(false);
  if (pwrite(one.get(), "x", 1, 0) != 1) return call.boolean(false);
  return call.boolean(ioctl(other.get(), FICLONE, one.get()) == 0);
}

bool writeMap(pid_t pid, const char* file, const std::string& text) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd.valid() && write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// mount_setattr(2) with MOUNT_ATTR_IDMAP. The user namespace is that of a child which does nothing but wait for its end.
napi_value idmapMountCall(Call& call) {
  const int tree = call.i32(call[0]);
  const bool recursive = call.boolean(call[1]);
  const std::string uids = call.text(call[2]);
  const std::string gids = call.text(call[3]);
  if (!call.ok()) return nullptr;
  const long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) return call.fail(errno, "clone");
  if (pid == 0) {
    for (;;) syscall(SYS_pause);
  }
  const pid_t child = static_cast<pid_t>(pid);
  int result = -1;
  const char* failing = "write";
  int err = 0;
  if (writeMap(child, "uid_map", uids) && writeMap(child, "gid_map", gids)) {
    Fd space(open(("/proc/" + std::to_string(child) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
    struct mount_attr attr = {};
    attr.attr_set = MOUNT_ATTR_IDMAP;
    attr.userns_fd = static_cast<uint64_t>(space.get());
    failing = "mount_setattr";
    if (space.valid()) result = mount_setattr(tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
  }
  err = errno;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return result == 0 ? call.undefined() : call.fail(err, failing);
}

}  // namespace

void exportTrees(Exports& exports) {
  exports.add<copyTreeCall>("copyTree");
  exports.add<canReflinkCall>("canReflink");
  exports.add<idmapMountCall>("idmapMount");
}

}  // namespace wharf
