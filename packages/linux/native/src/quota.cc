// Limits of directories by project quotas: ioctl_fs(2) FS_IOC_FSSETXATTR, quotactl_fd(2).
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "call.h"

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif
#ifndef PRJQUOTA
#define PRJQUOTA 2
#endif

namespace wharf {
namespace {

long quota(int fd, int command, uint32_t project, void* data) {
  return syscall(SYS_quotactl_fd, fd, QCMD(command, PRJQUOTA), project, data);
}

// A file system that counts and does not enforce would only pretend.
bool enforces(int fd) {
  struct fs_quota_statv state = {};
  state.qs_version = FS_QSTATV_VERSION1;
  if (quota(fd, Q_XGETQSTATV, 0, &state) < 0) return false;
  if ((state.qs_flags & FS_QUOTA_PDQ_ENFD) != 0) return true;
  errno = EOPNOTSUPP;
  return false;
}

napi_value limitDirectory(Call& call) {
  const std::string path = call.path(call[0]);
  const uint32_t project = call.u32(call[1]);
  const uint64_t bytes = call.ubigint(call[2]);
  if (!call.ok()) return nullptr;
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return call.fail(errno, "open");
  if (!enforces(fd.get())) return call.fail(errno, "quotactl_fd");
  struct fsxattr attributes = {};
  if (ioctl(fd.get(), FS_IOC_FSGETXATTR, &attributes) < 0) return call.fail(errno, "ioctl");
  attributes.fsx_projid = project;
  attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
  if (ioctl(fd.get(), FS_IOC_FSSETXATTR, &attributes) < 0) return call.fail(errno, "ioctl");
  struct if_dqblk limits = {};
  limits.dqb_valid = QIF_BLIMITS;
  // In blocks of 1024 bytes.
  limits.dqb_bhardlimit = (bytes + 1023) / 1024;
  limits.dqb_bsoftlimit = limits.dqb_bhardlimit;
  return call.done(static_cast<int>(quota(fd.get(), Q_SETQUOTA, project, &limits)), "quotactl_fd");
}

}  // namespace

void exportQuota(Exports& exports) { exports.add<limitDirectory>("limitDirectory"); }

}  // namespace wharf
