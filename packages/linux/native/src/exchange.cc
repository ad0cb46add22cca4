// Requests over an open netlink socket, of any namespace, off the calling thread. netlink(7).
#include <fcntl.h>
#include <sys/socket.h>

#include <set>

#include "netlink.h"
#include "work.h"

namespace wharf {
namespace {

struct Refusal {
  uint32_t sequence;
  int err;
  std::string words;
};

struct ExchangeWork : Work {
  Fd fd;
  std::string request;
  int timeoutMs = 0;
  std::set<uint32_t> open;  // sequence numbers that will be answered by an end
  std::vector<std::string> answers;
  std::vector<Refusal> refusals;

  // False when it is not a sequence of messages that each ask for an end and have a number of their own.
  bool read() {
    bool good = true;
    const bool whole = eachMessage(request.data(), request.size(), [&](char*, const struct nlmsghdr& header) {
      const bool dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
      const bool ends = dump || (header.nlmsg_flags & NLM_F_ACK) != 0;
      good = good && ends && open.insert(header.nlmsg_seq).second;
    });
    return whole && good && !open.empty();
  }

  void visit(const char* at, const struct nlmsghdr& header) {
    if (open.count(header.nlmsg_seq) == 0 || header.nlmsg_type == NLMSG_NOOP) return;
    if (header.nlmsg_type != NLMSG_ERROR && header.nlmsg_type != NLMSG_DONE) {
      answers.emplace_back(at, header.nlmsg_len);
      return;
    }
    int code = 0;  // of both kinds the first word is a negative errno, or not there
    if (header.nlmsg_len >= sizeof header + sizeof code) memcpy(&code, at + sizeof header, sizeof code);
    if (code < 0) {
      const bool words = header.nlmsg_type == NLMSG_ERROR;
      refusals.push_back({header.nlmsg_seq, -code, words ? extendedError(at, header) : std::string()});
    }
    open.erase(header.nlmsg_seq);
  }

  bool send() {
    struct sockaddr_nl kernel = {};
    kernel.nl_family = AF_NETLINK;
    const int room = static_cast<int>(request.size() * 2 + 4096);
    if (request.size() > 64 * 1024) setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    return sendto(fd.get(), request.data(), request.size(), 0, reinterpret_cast<struct sockaddr*>(&kernel),
                  sizeof kernel) >= 0;
  }

  void run() override {
    if (!send()) return fail(errno, "sendto");
    std::string buffer(32 * 1024, '\0');
    while (!open.empty()) {
      size_t size = 0;
      if (!receiveNetlink(fd.get(), timeoutMs, buffer, &size)) return fail(errno, "recvmsg");
      const bool whole = eachMessage(buffer.data(), size,
                                     [&](char* at, const struct nlmsghdr& header) { visit(at, header); });
      if (!whole) return fail(EBADMSG, "recvmsg");
    }
  }

  napi_value result(napi_env env) override {
    const napi_value out = makeObject(env);
    napi_value list = nullptr;
    napi_create_array_with_length(env, answers.size(), &list);
    for (size_t i = 0; i < answers.size(); i++) {
      napi_set_element(env, list, static_cast<uint32_t>(i), makeBytes(env, answers[i]));
    }
    napi_set_named_property(env, out, "answers", list);
    napi_create_array_with_length(env, refusals.size(), &list);
    for (size_t i = 0; i < refusals.size(); i++) {
      const napi_value item = makeObject(env);
      napi_set_named_property(env, item, "sequence", makeNumber(env, refusals[i].sequence));
      napi_set_named_property(env, item, "error", systemError(env, refusals[i].err, "netlink", {}, refusals[i].words));
      napi_set_element(env, list, static_cast<uint32_t>(i), item);
    }
    napi_set_named_property(env, out, "refusals", list);
    return out;
  }
};

napi_value netlinkExchange(Call& call) {
  auto work = std::make_unique<ExchangeWork>();
  const int fd = call.i32(call[0]);
  work->request = call.data(call[1]);
  work->timeoutMs = call.i32(call[2]);
  if (!call.ok()) return nullptr;
  if (!work->read()) return call.fail(EINVAL, "netlink", "not a sequence of netlink messages with acks and numbers");
  work->fd = Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!work->fd.valid()) return call.fail(errno, "fcntl");
  return startWork(call, std::move(work));
}

}  // namespace

void exportExchange(Exports& exports) { exports.add<netlinkExchange>("netlinkExchange"); }

}  // namespace wharf
