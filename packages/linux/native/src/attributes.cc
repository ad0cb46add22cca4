// Extended attributes, xattr(7). Names are bytes; values may hold anything.
#include <sys/xattr.h>

#include "call.h"

namespace wharf {
namespace {

napi_value lsetxattrCall(Call& call) {
  const std::string path = call.path(call[0]);
  const std::string name = call.path(call[1]);
  const std::string value = call.data(call[2]);
  if (!call.ok()) return nullptr;
  return call.done(::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), "lsetxattr");
}

napi_value fsetxattrCall(Call& call) {
  const int fd = call.i32(call[0]);
  const std::string name = call.path(call[1]);
  const std::string value = call.data(call[2]);
  if (!call.ok()) return nullptr;
  return call.done(::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0), "fsetxattr");
}

// Asks for the size, then for the bytes, again when they grew meanwhile. -1 with errno.
template <typename Read>
ssize_t readAll(std::string& out, Read read) {
  while (true) {
    const ssize_t size = read(nullptr, 0);
    if (size <= 0) return size;
    out.resize(static_cast<size_t>(size));
    const ssize_t got = read(out.data(), out.size());
    if (got >= 0) {
      out.resize(static_cast<size_t>(got));
      return got;
    }
    if (errno != ERANGE) return -1;
  }
}

napi_value lgetxattrCall(Call& call) {
  const std::string path = call.path(call[0]);
  const std::string name = call.path(call[1]);
  if (!call.ok()) return nullptr;
  std::string value;
  const ssize_t size = readAll(value, [&](char* buffer, size_t room) {
    return ::lgetxattr(path.c_str(), name.c_str(), buffer, room);
  });
  if (size >= 0) return call.bytes(value);
  return errno == ENODATA ? call.null() : call.fail(errno, "lgetxattr");
}

napi_value llistxattrCall(Call& call) {
  const std::string path = call.path(call[0]);
  if (!call.ok()) return nullptr;
  std::string all;
  const ssize_t size =
      readAll(all, [&](char* buffer, size_t room) { return ::llistxattr(path.c_str(), buffer, room); });
  if (size < 0) return call.fail(errno, "llistxattr");
  std::vector<std::string> names;
  for (size_t start = 0; start < all.size();) {
    size_t end = all.find('\0', start);
    if (end == std::string::npos) end = all.size();
    names.push_back(all.substr(start, end - start));
    start = end + 1;
  }
  return call.bytesList(names);
}

}  // namespace

void exportAttributes(Exports& exports) {
  exports.add<lsetxattrCall>("lsetxattr");
  exports.add<fsetxattrCall>("fsetxattr");
  exports.add<lgetxattrCall>("lgetxattr");
  exports.add<llistxattrCall>("llistxattr");
}

}  // namespace wharf
