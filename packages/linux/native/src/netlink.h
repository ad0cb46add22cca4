// What the files about netlink(7) share.
#pragma once

#include <linux/netlink.h>
#include <string.h>

#include <cstddef>
#include <string>

namespace wharf {

// The kernel's words with errors, small acks, checked dumps, a large receive buffer; none of them is needed.
void tuneNetlink(int fd);

// The kernel's own words on an error (NLMSGERR_ATTR_MSG), "" without.
std::string extendedError(const char* message, const struct nlmsghdr& header);

// One datagram from the kernel, whatever its size; waits at most `timeoutMs`. False with errno.
bool receiveNetlink(int fd, int timeoutMs, std::string& buffer, size_t* size);

// Calls `visit(start, header)` for each message of a buffer; false when the buffer is malformed.
template <typename Visit>
bool eachMessage(char* data, size_t size, Visit visit) {
  while (size > 0) {
    if (size < sizeof(struct nlmsghdr)) return false;
    struct nlmsghdr header;
    memcpy(&header, data, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size) return false;
    visit(data, header);
    const size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (step >= size) return true;
    data += step;
    size -= step;
  }
  return true;
}

}  // namespace wharf
