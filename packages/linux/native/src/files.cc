// Files by directory descriptor: openat2(2) and the *at family, flock(2).
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <memory>

#include "call.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

namespace wharf {
namespace {

// A scoped lookup fails with EAGAIN when something was renamed meanwhile; openat2(2) says to try again.
constexpr int openAttempts = 64;

napi_value openat2Call(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  struct open_how how = {};
  how.flags = call.bits(call[2]) | O_CLOEXEC;
  how.mode = call.bits(call[3]);
  how.resolve = call.bits(call[4]);
  if (!call.ok()) return nullptr;
  long fd = -1;
  for (int i = 0; i < openAttempts; i++) {
    fd = syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN || (how.resolve & RESOLVE_CACHED)) break;
  }
  return call.descriptor(static_cast<int>(fd), "openat2");
}

napi_value closeCall(Call& call) {
  const int fd = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  // Linux has freed the descriptor when it says EINTR.
  if (::close(fd) < 0 && errno != EINTR) return call.fail(errno, "close");
  return call.undefined();
}

napi_value mkdiratCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const mode_t mode = call.u32(call[2]);
  if (!call.ok()) return nullptr;
  return call.done(::mkdirat(dir, path.c_str(), mode), "mkdirat");
}

napi_value mknodatCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const mode_t mode = call.u32(call[2]);
  const uint32_t major = call.u32(call[3]);
  const uint32_t minor = call.u32(call[4]);
  if (!call.ok()) return nullptr;
  // The kernel keeps 12 bits of major and 20 of minor and would drop the rest in silence.
  if (major > 0xfff || minor > 0xfffff) return call.fail(EINVAL, "mknodat", "device number");
  return call.done(::mknodat(dir, path.c_str(), mode, makedev(major, minor)), "mknodat");
}

napi_value symlinkatCall(Call& call) {
  const std::string target = call.path(call[0]);
  const int dir = call.i32(call[1]);
  const std::string path = call.path(call[2]);
  if (!call.ok()) return nullptr;
  return call.done(::symlinkat(target.c_str(), dir, path.c_str()), "symlinkat");
}

napi_value linkatCall(Call& call) {
  const int oldDir = call.i32(call[0]);
  const std::string oldPath = call.path(call[1]);
  const int newDir = call.i32(call[2]);
  const std::string newPath = call.path(call[3]);
  const int flags = call.i32(call[4]);
  if (!call.ok()) return nullptr;
  return call.done(::linkat(oldDir, oldPath.c_str(), newDir, newPath.c_str(), flags), "linkat");
}

napi_value unlinkatCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const int flags = call.i32(call[2]);
  if (!call.ok()) return nullptr;
  return call.done(::unlinkat(dir, path.c_str(), flags), "unlinkat");
}

napi_value renameat2Call(Call& call) {
  const int oldDir = call.i32(call[0]);
  const std::string oldPath = call.path(call[1]);
  const int newDir = call.i32(call[2]);
  const std::string newPath = call.path(call[3]);
  const unsigned flags = call.u32(call[4]);
  if (!call.ok()) return nullptr;
  const long result = syscall(SYS_renameat2, oldDir, oldPath.c_str(), newDir, newPath.c_str(), flags);
  return call.done(static_cast<int>(result), "renameat2");
}

napi_value readlinkatCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  if (!call.ok()) return nullptr;
  std::string target(1024, '\0');
  while (true) {
    const ssize_t n = ::readlinkat(dir, path.c_str(), target.data(), target.size());
    if (n < 0) return call.fail(errno, "readlinkat");
    if (static_cast<size_t>(n) < target.size()) return call.bytes(target.data(), static_cast<size_t>(n));
    target.resize(target.size() * 2);
  }
}

napi_value fchownatCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const uid_t uid = call.id(call[2]);
  const gid_t gid = call.id(call[3]);
  const int flags = call.i32(call[4]);
  if (!call.ok()) return nullptr;
  return call.done(::fchownat(dir, path.c_str(), uid, gid, flags), "fchownat");
}

// For kernels before 6.6 and without /proc: only files whose opening has no side effects are opened.
int chmodNoFollow(int dir, const char* path, mode_t mode) {
  struct stat status;
  if (fstatat(dir, path, &status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
  if (S_ISLNK(status.st_mode)) return errno = EOPNOTSUPP, -1;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return ::fchmodat(dir, path, mode, 0);
  Fd fd(openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return fd.valid() ? fchmod(fd.get(), mode) : -1;
}

napi_value fchmodatCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const mode_t mode = call.u32(call[2]);
  if (!call.ok()) return nullptr;
  const int flags = AT_SYMLINK_NOFOLLOW | (path.empty() ? AT_EMPTY_PATH : 0);
  long result = syscall(SYS_fchmodat2, dir, path.c_str(), mode, flags);
  if (result < 0 && errno == ENOSYS) result = chmodNoFollow(dir, path.c_str(), mode);
  return call.done(static_cast<int>(result), "fchmodat");
}

struct timespec readTime(Call& call, napi_value value) {
  struct timespec out = {};
  out.tv_sec = call.bigint(call.property(value, "sec"));
  // Up to UTIME_NOW; the kernel refuses what lies between that and 999,999,999.
  out.tv_nsec = call.integer(call.property(value, "nsec"), 0, UTIME_NOW);
  return out;
}

napi_value utimensatCall(Call& call) {
  const int dir = call.i32(call[0]);
  const std::string path = call.path(call[1]);
  const struct timespec times[2] = {readTime(call, call[2]), readTime(call, call[3])};
  const int flags = call.i32(call[4]);
  if (!call.ok()) return nullptr;
  // glibc turns an empty path with a descriptor away; the system call takes it with AT_EMPTY_PATH.
  const long result = syscall(SYS_utimensat, dir, path.c_str(), times, flags);
  return call.done(static_cast<int>(result), "utimensat");
}

napi_value flockCall(Call& call) {
  const int fd = call.i32(call[0]);
  const bool exclusive = call.boolean(call[1]);
  if (!call.ok()) return nullptr;
  if (::flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return call.boolean(true);
  return errno == EWOULDBLOCK ? call.boolean(false) : call.fail(errno, "flock");
}

struct SyncJob {
  Fd fd;
  int err = 0;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
};

void executeSync(napi_env, void* data) noexcept {
  auto* job = static_cast<SyncJob*>(data);
  if (::syncfs(job->fd.get()) < 0) job->err = errno;
}

void completeSync(napi_env env, napi_status status, void* data) noexcept {
  const std::unique_ptr<SyncJob> job(static_cast<SyncJob*>(data));
  const int err = status == napi_cancelled ? ECANCELED : job->err;
  napi_value nothing = nullptr;
  napi_get_undefined(env, &nothing);
  if (err != 0) napi_reject_deferred(env, job->deferred, systemError(env, err, "syncfs"));
  else napi_resolve_deferred(env, job->deferred, nothing);
  napi_delete_async_work(env, job->work);
}

// The descriptor is opened here: a number could be closed, and used again, before the work begins.
napi_value syncfsCall(Call& call) {
  const std::string path = call.path(call[0]);
  if (!call.ok()) return nullptr;
  auto job = std::make_unique<SyncJob>();
  job->fd = Fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!job->fd.valid()) return call.fail(errno, "open");
  napi_value promise = nullptr;
  napi_value name = nullptr;
  napi_create_string_utf8(call.env, "syncfs", NAPI_AUTO_LENGTH, &name);
  if (napi_create_async_work(call.env, nullptr, name, executeSync, completeSync, job.get(), &job->work) != napi_ok) {
    return call.fail(ENOMEM, "syncfs");
  }
  napi_create_promise(call.env, &job->deferred, &promise);
  if (napi_queue_async_work(call.env, job->work) != napi_ok) {
    napi_delete_async_work(call.env, job->work);
    return call.fail(EAGAIN, "syncfs");
  }
  job.release();
  return promise;
}

}  // namespace

void exportFiles(Exports& exports) {
  exports.add<openat2Call>("openat2");
  exports.add<closeCall>("close");
  exports.add<mkdiratCall>("mkdirat");
  exports.add<mknodatCall>("mknodat");
  exports.add<symlinkatCall>("symlinkat");
  exports.add<linkatCall>("linkat");
  exports.add<unlinkatCall>("unlinkat");
  exports.add<renameat2Call>("renameat2");
  exports.add<readlinkatCall>("readlinkat");
  exports.add<fchownatCall>("fchownat");
  exports.add<fchmodatCall>("fchmodat");
  exports.add<utimensatCall>("utimensat");
  exports.add<flockCall>("flock");
  exports.add<syncfsCall>("syncfs");
}

}  // namespace wharf
