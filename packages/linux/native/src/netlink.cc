// One exchange with the kernel over netlink(7).
#include "netlink.h"

#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include "call.h"

namespace wharf {
namespace {

constexpr int answerTimeoutMs = 10000;
constexpr int bufferSize = 4 * 1024 * 1024;

}  // namespace

void tuneNetlink(int fd) {
  const int on = 1;
  setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bufferSize, sizeof bufferSize);
}

std::string extendedError(const char* message, const struct nlmsghdr& header) {
  if (!(header.nlmsg_flags & NLM_F_ACK_TLVS)) return {};
  size_t offset = sizeof(struct nlmsghdr) + sizeof(struct nlmsgerr);
  if (header.nlmsg_len < offset) return {};
  struct nlmsgerr body;
  memcpy(&body, message + sizeof(struct nlmsghdr), sizeof body);
  // Without NLM_F_CAPPED the rest of the request comes first.
  if (!(header.nlmsg_flags & NLM_F_CAPPED)) {
    if (body.msg.nlmsg_len < sizeof body.msg) return {};
    offset += NLMSG_ALIGN(body.msg.nlmsg_len - sizeof body.msg);
  }
  while (offset + sizeof(struct nlattr) <= header.nlmsg_len) {
    struct nlattr attribute;
    memcpy(&attribute, message + offset, sizeof attribute);
    if (attribute.nla_len < NLA_HDRLEN || offset + attribute.nla_len > header.nlmsg_len) break;
    if ((attribute.nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG) {
      const char* text = message + offset + NLA_HDRLEN;
      return std::string(text, strnlen(text, attribute.nla_len - NLA_HDRLEN));
    }
    offset += NLA_ALIGN(attribute.nla_len);
  }
  return {};
}

bool receiveNetlink(int fd, int timeoutMs, std::string& buffer, size_t* size) {
  while (true) {
    if (waitFor(fd, POLLIN, timeoutMs) < 0) return false;
    ssize_t length = recv(fd, nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    if (length >= 0) {
      if (buffer.size() < static_cast<size_t>(length)) buffer.resize(static_cast<size_t>(length));
      struct sockaddr_nl from = {};
      socklen_t fromSize = sizeof from;
      length = recvfrom(fd, buffer.data(), buffer.size(), MSG_DONTWAIT,
                        reinterpret_cast<struct sockaddr*>(&from), &fromSize);
      if (length >= 0 && from.nl_pid != 0) continue;  // not from the kernel
    }
    if (length >= 0) return *size = static_cast<size_t>(length), true;
    if (errno != EAGAIN && errno != EINTR) return false;
  }
}

namespace {

bool isBatchMark(int protocol, const struct nlmsghdr& header) {
  return protocol == NETLINK_NETFILTER &&
         (header.nlmsg_type == NFNL_MSG_BATCH_BEGIN || header.nlmsg_type == NFNL_MSG_BATCH_END);
}

// How many ends (acks, NLMSG_DONE) the kernel will send. Where none was asked for, the last message asks for an ack.
bool countEnds(int protocol, std::string& request, size_t* ends) {
  char* last = nullptr;
  const bool whole = eachMessage(request.data(), request.size(), [&](char* at, const struct nlmsghdr& header) {
    const bool dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    if (dump || (header.nlmsg_flags & NLM_F_ACK)) (*ends)++;
    if (!isBatchMark(protocol, header)) last = at;
  });
  if (!whole || last == nullptr) return false;
  if (*ends > 0) return true;
  struct nlmsghdr header;
  memcpy(&header, last, sizeof header);
  header.nlmsg_flags |= NLM_F_ACK;
  memcpy(last, &header, sizeof header);
  *ends = 1;
  return true;
}

struct Exchange {
  std::vector<std::string> answers;
  size_t ends = 0;
  int err = 0;
  std::string detail;
};

void readMessage(const char* at, const struct nlmsghdr& header, Exchange* exchange) {
  if (exchange->err != 0 || header.nlmsg_type == NLMSG_NOOP) return;
  if (header.nlmsg_type != NLMSG_ERROR && header.nlmsg_type != NLMSG_DONE) {
    exchange->answers.emplace_back(at, header.nlmsg_len);
    return;
  }
  int code = 0;  // of both kinds the first word is a negative errno, or not there
  if (header.nlmsg_len >= sizeof header + sizeof code) memcpy(&code, at + sizeof header, sizeof code);
  if (code < 0) {
    exchange->err = -code;
    if (header.nlmsg_type == NLMSG_ERROR) exchange->detail = extendedError(at, header);
  }
  if (exchange->ends > 0) exchange->ends--;
}

Fd openSocket(int protocol, size_t requestSize) {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) return fd;
  const int on = 1;
  const int sendSize = static_cast<int>(requestSize * 2 + 4096);
  // All four make it better, none is needed.
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bufferSize, sizeof bufferSize);
  if (requestSize > 64 * 1024) setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &sendSize, sizeof sendSize);
  return fd;
}

napi_value netlinkRequest(Call& call) {
  const int protocol = call.i32(call[0]);
  std::string request = call.data(call[1]);
  if (!call.ok()) return nullptr;
  Exchange exchange;
  if (!countEnds(protocol, request, &exchange.ends)) {
    return call.fail(EINVAL, "netlink", "not a sequence of netlink messages");
  }
  const Fd fd = openSocket(protocol, request.size());
  if (!fd.valid()) return call.fail(errno, "socket");
  struct sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  if (sendto(fd.get(), request.data(), request.size(), 0, reinterpret_cast<struct sockaddr*>(&kernel),
             sizeof kernel) < 0) {
    return call.fail(errno, "sendto");
  }
  std::string buffer(32 * 1024, '\0');
  while (exchange.ends > 0 && exchange.err == 0) {
    size_t size = 0;
    if (!receiveNetlink(fd.get(), answerTimeoutMs, buffer, &size)) return call.fail(errno, "recvmsg");
    const bool whole = eachMessage(buffer.data(), size, [&](char* at, const struct nlmsghdr& header) {
      readMessage(at, header, &exchange);
    });
    if (!whole) return call.fail(EBADMSG, "recvmsg");
  }
  if (exchange.err != 0) return call.fail(exchange.err, "netlink", exchange.detail);
  return call.bytesList(exchange.answers);
}

}  // namespace

void exportNetlink(Exports& exports) { exports.add<netlinkRequest>("netlinkRequest"); }

}  // namespace wharf
