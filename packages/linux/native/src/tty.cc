// Pseudoterminals and pipes: pty(7), ioctl_tty(2), pipe(7).
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "call.h"

namespace wharf {
namespace {

napi_value openPty(Call& call) {
  Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master.valid()) return call.fail(errno, "posix_openpt");
  if (unlockpt(master.get()) < 0) return call.fail(errno, "unlockpt");
  // By descriptor, not by name: /dev/pts may be that of another mount namespace.
  Fd slave(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave.valid()) return call.fail(errno, "TIOCGPTPEER");
  const napi_value out = call.object();
  call.set(out, "master", call.number(master.release()));
  call.set(out, "slave", call.number(slave.release()));
  return out;
}

napi_value setWindowSize(Call& call) {
  const int fd = call.i32(call[0]);
  struct winsize size = {};
  size.ws_row = static_cast<unsigned short>(call.integer(call[1], 0, UINT16_MAX));
  size.ws_col = static_cast<unsigned short>(call.integer(call[2], 0, UINT16_MAX));
  if (!call.ok()) return nullptr;
  return call.done(ioctl(fd, TIOCSWINSZ, &size), "TIOCSWINSZ");
}

napi_value getWindowSize(Call& call) {
  const int fd = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  struct winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return call.fail(errno, "TIOCGWINSZ");
  const napi_value out = call.object();
  call.set(out, "rows", call.number(size.ws_row));
  call.set(out, "columns", call.number(size.ws_col));
  return out;
}

napi_value pipeCall(Call& call) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return call.fail(errno, "pipe2");
  const napi_value out = call.object();
  call.set(out, "read", call.number(ends[0]));
  call.set(out, "write", call.number(ends[1]));
  return out;
}

napi_value setNonblocking(Call& call) {
  const int fd = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return call.fail(errno, "fcntl");
  return call.done(fcntl(fd, F_SETFL, flags | O_NONBLOCK), "fcntl");
}

napi_value setPipeSize(Call& call) {
  const int fd = call.i32(call[0]);
  const int bytes = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  const int got = fcntl(fd, F_SETPIPE_SZ, bytes);
  return got < 0 ? call.fail(errno, "fcntl") : call.number(got);
}

}  // namespace

void exportTty(Exports& exports) {
  exports.add<openPty>("openPty");
  exports.add<setWindowSize>("setWindowSize");
  exports.add<getWindowSize>("getWindowSize");
  exports.add<pipeCall>("pipe");
  exports.add<setNonblocking>("setNonblocking");
  exports.add<setPipeSize>("setPipeSize");
}

}  // namespace wharf
