// Network namespaces: made, pinned, entered by threads that end there. network_namespaces(7), setns(2).
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "netlink.h"
#include "work.h"

namespace wharf {
namespace {

// Calls `body` in the network namespace, on a thread of its own unless it is our own namespace.
void inNamespace(Work& work, const Fd& space, const std::function<void()>& body) {
  if (!space.valid()) return body();
  onOwnThread([&] {
    if (setns(space.get(), CLONE_NEWNET) < 0) return work.fail(errno, "setns");
    body();
  });
}

struct Setting {
  std::string key;  // below /proc/sys, with slashes
  std::string value;
};

// 0, or an errno.
int writeSetting(const Setting& setting) {
  const Fd file(open(("/proc/sys/" + setting.key).c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return errno;
  const ssize_t length = write(file.get(), setting.value.data(), setting.value.size());
  return length < 0 ? errno : 0;
}

std::vector<Setting> readSettings(Call& call, napi_value value) {
  std::vector<Setting> out;
  for (napi_value item : call.list(value)) {
    const std::vector<std::string> pair = call.texts(item);
    if (!call.ok()) return out;
    if (pair.size() != 2) call.fail(EINVAL, "argument", "expected a key and a value");
    else out.push_back({pair[0], pair[1]});
  }
  return out;
}

int loopbackUp() {
  const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno;
  struct ifreq request = {};
  strcpy(request.ifr_name, "lo");
  if (ioctl(fd.get(), SIOCGIFFLAGS, &request) < 0) return errno;
  request.ifr_flags |= IFF_UP;
  return ioctl(fd.get(), SIOCSIFFLAGS, &request) < 0 ? errno : 0;
}

struct CreateWork : Work {
  std::vector<Setting> settings;
  Fd space;

  void run() override {
    onOwnThread([this] {
      if (unshare(CLONE_NEWNET) < 0) return fail(errno, "unshare");
      for (const Setting& setting : settings) {
        const int err = writeSetting(setting);
        // A kernel without IPv6 has no keys of it.
        if (err != 0 && err != ENOENT) return fail(err, "write", setting.key);
      }
      const int err = loopbackUp();
      if (err != 0) return fail(err, "ioctl", "lo");
      space = Fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
      if (!space.valid()) fail(errno, "open", "/proc/thread-self/ns/net");
    });
  }
  napi_value result(napi_env env) override { return makeNumber(env, space.release()); }
};

napi_value netnsCreate(Call& call) {
  auto work = std::make_unique<CreateWork>();
  work->settings = readSettings(call, call[0]);
  return startWork(call, std::move(work));
}

struct PinWork : Work {
  Fd space;
  std::string path;

  void run() override {
    const std::string source = "/proc/self/fd/" + std::to_string(space.get());
    const Fd file(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444));
    if (!file.valid()) return fail(errno, "open", path);
    if (mount(source.c_str(), path.c_str(), "none", MS_BIND, nullptr) < 0) fail(errno, "mount", path);
  }
  napi_value result(napi_env env) override { return makeUndefined(env); }
};

napi_value netnsPin(Call& call) {
  auto work = std::make_unique<PinWork>();
  if (!openNamespace(call, call[0], &work->space)) return nullptr;
  work->path = call.path(call[1]);
  if (!work->space.valid()) return call.fail(EINVAL, "argument", "expected a namespace");
  return startWork(call, std::move(work));
}

struct UnpinWork : Work {
  std::string path;

  void run() override {
    // As often as it was pinned.
    while (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) continue;
    if (errno != EINVAL && errno != ENOENT) return fail(errno, "umount2", path);
    if (unlink(path.c_str()) < 0 && errno != ENOENT) fail(errno, "unlink", path);
  }
  napi_value result(napi_env env) override { return makeUndefined(env); }
};

napi_value netnsUnpin(Call& call) {
  auto work = std::make_unique<UnpinWork>();
  work->path = call.path(call[0]);
  return startWork(call, std::move(work));
}

struct SocketWork : Work {
  Fd space;
  int domain = 0;
  int type = 0;
  int protocol = 0;
  Fd made;

  void run() override {
    inNamespace(*this, space, [this] {
      made = Fd(socket(domain, type | SOCK_CLOEXEC, protocol));
      if (!made.valid()) return fail(errno, "socket");
      if (domain == AF_NETLINK) tuneNetlink(made.get());
    });
  }
  napi_value result(napi_env env) override { return makeNumber(env, made.release()); }
};

napi_value socketInNetns(Call& call) {
  auto work = std::make_unique<SocketWork>();
  if (!openNamespace(call, call[0], &work->space)) return nullptr;
  work->domain = call.i32(call[1]);
  work->type = call.i32(call[2]);
  work->protocol = call.i32(call[3]);
  return startWork(call, std::move(work));
}

struct SettingsWork : Work {
  Fd space;
  std::vector<Setting> settings;
  std::vector<double> results;

  void run() override {
    inNamespace(*this, space, [this] {
      for (const Setting& setting : settings) results.push_back(writeSetting(setting));
    });
  }
  napi_value result(napi_env env) override { return makeNumbers(env, results); }
};

napi_value sysctlsInNetns(Call& call) {
  auto work = std::make_unique<SettingsWork>();
  if (!openNamespace(call, call[0], &work->space)) return nullptr;
  work->settings = readSettings(call, call[1]);
  return startWork(call, std::move(work));
}

struct Address {
  struct sockaddr_storage storage;
  socklen_t size;
};

bool readAddress(const std::string& text, uint16_t port, Address* out) {
  *out = {};
  auto* v4 = reinterpret_cast<struct sockaddr_in*>(&out->storage);
  auto* v6 = reinterpret_cast<struct sockaddr_in6*>(&out->storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    out->size = sizeof *v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    out->size = sizeof *v6;
  }
  return out->size > 0;
}

Address addressOf(Call& call, napi_value text, napi_value port) {
  Address out = {};
  const std::string given = call.path(text);
  const auto number = static_cast<uint16_t>(call.integer(port, 0, UINT16_MAX));
  if (call.ok() && !readAddress(given, number, &out)) call.fail(EINVAL, "argument", "expected an IP address");
  return out;
}

int bindTo(int fd, const Address& address) {
  const int on = 1;
  // Without it a socket of :: takes the port of IPv4 as well.
  if (address.storage.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  return bind(fd, reinterpret_cast<const struct sockaddr*>(&address.storage), address.size);
}

napi_value bindSocket(Call& call) {
  const int fd = call.i32(call[0]);
  const Address address = addressOf(call, call[1], call[2]);
  if (!call.ok()) return nullptr;
  return call.done(bindTo(fd, address), "bind");
}

struct TryBindWork : Work {
  Fd space;
  Address address = {};
  int type = 0;
  int protocol = 0;

  void run() override {
    inNamespace(*this, space, [this] {
      const Fd fd(socket(address.storage.ss_family, type | SOCK_CLOEXEC, protocol));
      if (!fd.valid()) return fail(errno, "socket");
      const int on = 1;
      // For streams: what is left in TIME_WAIT is no holder. Who listens still is one, also with this option.
      if (type == SOCK_STREAM) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      if (bindTo(fd.get(), address) < 0) return fail(errno, "bind");
      if (type == SOCK_STREAM && listen(fd.get(), 1) < 0) fail(errno, "listen");
    });
  }
  napi_value result(napi_env env) override { return makeUndefined(env); }
};

napi_value tryBind(Call& call) {
  auto work = std::make_unique<TryBindWork>();
  if (!openNamespace(call, call[0], &work->space)) return nullptr;
  work->address = addressOf(call, call[1], call[2]);
  work->type = call.i32(call[3]);
  work->protocol = call.i32(call[4]);
  return startWork(call, std::move(work));
}

}  // namespace

void exportNamespaces(Exports& exports) {
  exports.add<netnsCreate>("netnsCreate");
  exports.add<netnsPin>("netnsPin");
  exports.add<netnsUnpin>("netnsUnpin");
  exports.add<socketInNetns>("socketInNetns");
  exports.add<sysctlsInNetns>("sysctlsInNetns");
  exports.add<bindSocket>("bindSocket");
  exports.add<tryBind>("tryBind");
}

}  // namespace wharf
