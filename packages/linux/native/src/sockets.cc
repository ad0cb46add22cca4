// Unix sockets: peer credentials, descriptors in messages, listening and accepting. unix(7), cmsg(3).
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "call.h"

namespace wharf {

namespace {

int64_t nowMs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

}  // namespace

int waitFor(int fd, short events, int timeoutMs) {
  const int64_t deadline = nowMs() + timeoutMs;
  while (true) {
    const int64_t left = timeoutMs < 0 ? -1 : deadline - nowMs();
    struct pollfd item = {fd, events, 0};
    const int ready = poll(&item, 1, timeoutMs < 0 ? -1 : static_cast<int>(left > 0 ? left : 0));
    if (ready > 0) {
      if (item.revents & POLLNVAL) return errno = EBADF, -1;
      return 0;
    }
    if (ready == 0) return errno = ETIMEDOUT, -1;
    if (errno != EINTR) return -1;
  }
}

namespace {

constexpr size_t largestMessage = 64 * 1024;
constexpr int sendTimeoutMs = 5000;

napi_value peerCredentials(Call& call) {
  const int fd = call.i32(call[0]);
  if (!call.ok()) return nullptr;
  struct ucred peer = {};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return call.fail(errno, "getsockopt");
  const napi_value out = call.object();
  call.set(out, "pid", call.number(peer.pid));
  call.set(out, "uid", call.number(peer.uid));
  call.set(out, "gid", call.number(peer.gid));
  return out;
}

napi_value setSendBuffer(Call& call) {
  const int fd = call.i32(call[0]);
  const int bytes = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  // Past net.core.wmem_max, which needs CAP_NET_ADMIN; else as much as that allows.
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0) return call.done(0, "setsockopt");
  return call.done(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), "setsockopt");
}

union Control {
  char buffer[CMSG_SPACE(sizeof(int))];
  struct cmsghdr align;
};

// The descriptors of a message: the first is kept, any other is closed.
Fd takeDescriptor(struct msghdr* message, bool* tooMany) {
  Fd kept;
  for (struct cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      Fd owned(fd);
      if (kept.valid()) *tooMany = true;
      else kept = std::move(owned);
    }
  }
  return kept;
}

napi_value receiveFd(Call& call) {
  const int socket = call.i32(call[0]);
  const int timeoutMs = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  std::string data(largestMessage, '\0');
  Control control = {};
  struct iovec part = {data.data(), data.size()};
  struct msghdr message = {};
  ssize_t size;
  do {
    if (waitFor(socket, POLLIN, timeoutMs) < 0) return call.fail(errno, "recvmsg");
    message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.buffer;
    // Room for exactly one: the padding of CMSG_SPACE would hold a second.
    message.msg_controllen = CMSG_LEN(sizeof(int));
    size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (size < 0 && (errno == EAGAIN || errno == EINTR));
  if (size < 0) return call.fail(errno, "recvmsg");
  bool tooMany = (message.msg_flags & MSG_CTRUNC) != 0;
  Fd fd = takeDescriptor(&message, &tooMany);
  if (tooMany) return call.fail(EMSGSIZE, "recvmsg", "more than one descriptor");
  if (message.msg_flags & MSG_TRUNC) return call.fail(EMSGSIZE, "recvmsg", "more than 64 KiB of data");
  const napi_value bytes = call.bytes(data.data(), static_cast<size_t>(size));
  if (!call.ok()) return nullptr;
  const napi_value out = call.object();
  call.set(out, "data", bytes);
  call.set(out, "fd", call.number(fd.release()));
  return out;
}

napi_value sendFd(Call& call) {
  const int socket = call.i32(call[0]);
  const int fd = call.i32(call[1]);
  std::string data = call.data(call[2]);
  if (!call.ok()) return nullptr;
  if (data.empty()) return call.fail(EINVAL, "sendmsg", "a descriptor travels with at least one byte");
  Control control = {};
  size_t sent = 0;
  while (sent < data.size()) {
    struct iovec part = {data.data() + sent, data.size() - sent};
    struct msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (sent == 0) {
      message.msg_control = control.buffer;
      message.msg_controllen = sizeof control.buffer;
      struct cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    const ssize_t n = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      sent += static_cast<size_t>(n);
    } else if (errno == EAGAIN) {
      if (waitFor(socket, POLLOUT, sendTimeoutMs) < 0) return call.fail(errno, "sendmsg");
    } else if (errno != EINTR) {
      return call.fail(errno, "sendmsg");
    }
  }
  return call.undefined();
}

bool unixAddress(const std::string& path, struct sockaddr_un* address) {
  *address = {};
  address->sun_family = AF_UNIX;
  // An empty name would be an abstract one, which no permission guards.
  if (path.empty()) return errno = EINVAL, false;
  if (path.size() >= sizeof address->sun_path) return errno = ENAMETOOLONG, false;
  memcpy(address->sun_path, path.data(), path.size());
  return true;
}

napi_value unixListen(Call& call) {
  const std::string path = call.path(call[0]);
  const int backlog = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  struct sockaddr_un address;
  if (!unixAddress(path, &address)) return call.fail(errno, "bind");
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return call.fail(errno, "socket");
  // bind(2) gives the file the mode of the socket: 0600 from its first moment, whatever the umask.
  if (fchmod(fd.get(), 0600) < 0) return call.fail(errno, "fchmod");
  if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address) < 0) {
    return call.fail(errno, "bind");
  }
  if (listen(fd.get(), backlog) < 0) {
    const int err = errno;
    unlink(path.c_str());
    return call.fail(err, "listen");
  }
  return call.number(fd.release());
}

napi_value unixConnect(Call& call) {
  const std::string path = call.path(call[0]);
  if (!call.ok()) return nullptr;
  struct sockaddr_un address;
  if (!unixAddress(path, &address)) return call.fail(errno, "connect");
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return call.fail(errno, "socket");
  if (connect(fd.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address) < 0) {
    return call.fail(errno, "connect");
  }
  return call.number(fd.release());
}

napi_value acceptCall(Call& call) {
  const int listener = call.i32(call[0]);
  const int timeoutMs = call.i32(call[1]);
  if (!call.ok()) return nullptr;
  while (true) {
    if (waitFor(listener, POLLIN, timeoutMs) < 0) return call.fail(errno, "accept4");
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) return call.number(fd);
    // The peer went away, or another thread was quicker.
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return call.fail(errno, "accept4");
  }
}

}  // namespace

void exportSockets(Exports& exports) {
  exports.add<peerCredentials>("peerCredentials");
  exports.add<setSendBuffer>("setSendBuffer");
  exports.add<receiveFd>("receiveFd");
  exports.add<sendFd>("sendFd");
  exports.add<unixListen>("unixListen");
  exports.add<unixConnect>("unixConnect");
  exports.add<acceptCall>("accept");
}

}  // namespace wharf
