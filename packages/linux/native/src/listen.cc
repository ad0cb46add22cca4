// What the kernel tells about changes, read by a thread that sleeps until there is something. netlink(7).
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "netlink.h"
#include "work.h"

namespace wharf {
namespace {

constexpr int tag = 0x77686c6e;

class Listener {
 public:
  Listener(Fd socket, Fd stop, size_t limit)
      : socket_(std::move(socket)), stop_(std::move(stop)), limit_(limit) {}

  bool start(napi_env env, napi_value callback) {
    const napi_value name = makeText(env, "wharf");
    if (napi_create_threadsafe_function(env, callback, nullptr, name, 0, 1, nullptr, nullptr, nullptr, deliver,
                                        &function_) != napi_ok) {
      return false;
    }
    napi_unref_threadsafe_function(env, function_);
    env_ = env;
    thread_ = std::thread([this] { run(); });
    napi_add_env_cleanup_hook(env, atExit, this);
    return true;
  }

  void end() {
    if (!thread_.joinable()) return;
    const uint64_t one = 1;
    if (write(stop_.get(), &one, sizeof one) < 0) return;
    thread_.join();
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
    napi_remove_env_cleanup_hook(env_, atExit, this);
    socket_ = Fd(-1);
  }

  ~Listener() { end(); }

  const int kind = tag;

 private:
  static void atExit(void* self) { static_cast<Listener*>(self)->end(); }

  // On the thread of JavaScript. Null data: some were lost.
  static void deliver(napi_env env, napi_value callback, void*, void* data) {
    const std::unique_ptr<std::string> headers(static_cast<std::string*>(data));
    if (env == nullptr) return;
    napi_value argument = nullptr;
    if (headers == nullptr) napi_get_null(env, &argument);
    else argument = makeBytes(env, *headers);
    napi_call_function(env, makeUndefined(env), callback, 1, &argument, nullptr);
  }

  void tell(std::unique_ptr<std::string> headers) {
    if (napi_call_threadsafe_function(function_, headers.get(), napi_tsfn_nonblocking) == napi_ok) {
      headers.release();
    }
  }

  // False when it is time to end.
  bool awaitMessages() {
    while (true) {
      struct pollfd items[2] = {{socket_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (poll(items, 2, -1) < 0) {
        if (errno == EINTR) continue;
        return false;
      }
      if (items[1].revents != 0) return false;
      if (items[0].revents & (POLLNVAL | POLLHUP)) return false;
      if (items[0].revents != 0) return true;
    }
  }

  void run() noexcept {
    try {
      std::string buffer(64 * 1024, '\0');
      while (awaitMessages()) {
        size_t size = 0;
        if (!receiveNetlink(socket_.get(), 0, buffer, &size)) {
          if (errno == ENOBUFS) tell(nullptr);
          else if (errno != ETIMEDOUT) return;
          continue;
        }
        auto headers = std::make_unique<std::string>();
        eachMessage(buffer.data(), size, [&](char* at, const struct nlmsghdr& header) {
          headers->append(at, std::min<size_t>(header.nlmsg_len, limit_));
          headers->resize(NLMSG_ALIGN(headers->size()));
        });
        tell(std::move(headers));
      }
    } catch (...) {
      // Without memory nothing is told, as if messages had been lost.
    }
  }

  Fd socket_;
  Fd stop_;
  const size_t limit_;
  napi_env env_ = nullptr;
  napi_threadsafe_function function_ = nullptr;
  std::thread thread_;
};

void dropListener(napi_env, void* data, void*) { delete static_cast<Listener*>(data); }

napi_value netlinkListen(Call& call) {
  const int fd = call.i32(call[0]);
  const std::vector<napi_value> groups = call.list(call[1]);
  const int64_t header = sizeof(struct nlmsghdr);
  const int64_t limit = call.absent(call[3]) ? header : call.integer(call[3], header, 64 * 1024);
  if (!call.ok()) return nullptr;
  Fd socket(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!socket.valid()) return call.fail(errno, "fcntl");
  struct sockaddr_nl own = {};
  socklen_t ownSize = sizeof own;
  // One that has spoken already has its address, and what unicast messages are sent to.
  if (getsockname(fd, reinterpret_cast<struct sockaddr*>(&own), &ownSize) < 0) return call.fail(errno, "getsockname");
  own.nl_family = AF_NETLINK;
  if (own.nl_pid == 0 && bind(fd, reinterpret_cast<struct sockaddr*>(&own), sizeof own) < 0) return call.fail(errno, "bind");
  for (napi_value group : groups) {
    const int number = call.i32(group);
    if (!call.ok()) return nullptr;
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number, sizeof number) < 0) {
      return call.fail(errno, "setsockopt");
    }
  }
  Fd stop(eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) return call.fail(errno, "eventfd");
  auto listener = std::make_unique<Listener>(std::move(socket), std::move(stop), static_cast<size_t>(limit));
  if (!listener->start(call.env, call[2])) return call.fail(EINVAL, "argument", "expected a function");
  napi_value out = nullptr;
  if (napi_create_external(call.env, listener.get(), dropListener, nullptr, &out) != napi_ok) {
    return call.fail(ENOMEM, "malloc");
  }
  listener.release();
  return out;
}

napi_value netlinkUnlisten(Call& call) {
  void* data = nullptr;
  if (napi_get_value_external(call.env, call[0], &data) != napi_ok || static_cast<Listener*>(data)->kind != tag) {
    return call.fail(EINVAL, "argument", "expected what netlinkListen returned");
  }
  static_cast<Listener*>(data)->end();
  return call.undefined();
}

}  // namespace

void exportListen(Exports& exports) {
  exports.add<netlinkListen>("netlinkListen");
  exports.add<netlinkUnlisten>("netlinkUnlisten");
}

}  // namespace wharf
