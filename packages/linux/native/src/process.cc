// waitpid(2), pidfds, prctl(2), limits, capabilities of the calling thread.
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "call.h"

namespace wharf {
namespace {

napi_value waitpidCall(Call& call) {
  const pid_t pid = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  int status = 0;
  pid_t ended;
  do {
    ended = ::waitpid(pid, &status, WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended < 0) return call.fail(errno, "waitpid");
  if (ended == 0) return call.null();
  const napi_value out = call.object();
  call.set(out, "pid", call.number(ended));
  call.set(out, "code", WIFEXITED(status) ? call.number(WEXITSTATUS(status)) : call.undefined());
  call.set(out, "signal", WIFSIGNALED(status) ? call.number(WTERMSIG(status)) : call.undefined());
  return out;
}

napi_value pidfdOpenCall(Call& call) {
  const pid_t pid = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  return call.descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), "pidfd_open");
}

napi_value pidfdSendSignalCall(Call& call) {
  const int fd = call.i32(call[0]);
  const int signal = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  const long result = syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0);
  return call.done(static_cast<int>(result), "pidfd_send_signal");
}

napi_value prctlCall(Call& call) {
  const int option = call.i32(call[0]);
  unsigned long args[4];
  for (size_t i = 0; i < 4; i++) args[i] = call.bits(call[i + 1]);
  if (!call.ok()) return nullptr;
  return call.descriptor(::prctl(option, args[0], args[1], args[2], args[3]), "prctl");
}

napi_value setrlimitCall(Call& call) {
  const int resource = call.i32(call[0]);
  struct rlimit limit = {};
  limit.rlim_cur = call.ubigint(call[1]);
  limit.rlim_max = call.ubigint(call[2]);
  if (!call.ok()) return nullptr;
  return call.done(::setrlimit(static_cast<__rlimit_resource>(resource), &limit), "setrlimit");
}

napi_value keepCapabilitiesCall(Call& call) {
  const uint64_t kept = call.bits(call[0]);
  if (!call.ok()) return nullptr;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  // The system call concerns the calling thread alone; libc has no function for it.
  if (syscall(SYS_capget, &header, sets) < 0) return call.fail(errno, "capget");
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
    const uint32_t word = static_cast<uint32_t>(kept >> (32 * i));
    sets[i].effective &= word;
    sets[i].permitted &= word;
    sets[i].inheritable = 0;
  }
  return call.done(static_cast<int>(syscall(SYS_capset, &header, sets)), "capset");
}

}  // namespace

void exportProcess(Exports& exports) {
  exports.add<waitpidCall>("waitpid");
  exports.add<pidfdOpenCall>("pidfdOpen");
  exports.add<pidfdSendSignalCall>("pidfdSendSignal");
  exports.add<prctlCall>("prctl");
  exports.add<setrlimitCall>("setrlimit");
  exports.add<keepCapabilitiesCall>("keepCapabilities");
}

}  // namespace wharf
