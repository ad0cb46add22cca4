// Overlay mounts through the new mount API, with mount(2) behind it for older kernels.
#include <fcntl.h>
#include <sys/mount.h>

#include "call.h"

namespace wharf {
namespace {

struct Overlay {
  std::vector<std::string> lower;
  std::string upper;
  std::string work;
  std::string target;
  std::vector<std::string> options;
  uint64_t attributes = 0;
};

struct Failure {
  int err = 0;
  const char* syscall = "";
  std::string detail;
};

// fsconfig(2) copies at most 256 bytes of a string, its NUL included.
constexpr size_t longestString = 255;

// overlayfs reads a backslash in upperdir and workdir as an escape; in lowerdir+ it does not.
std::string escaped(const std::string& path, const char* special) {
  std::string out;
  for (char c : path) {
    if (std::string(special).find(c) != std::string::npos) out += '\\';
    out += c;
  }
  return out;
}

// What the kernel wrote into the log of the context, e.g. which option it refused.
std::string contextLog(int context) {
  std::string out;
  char line[512];
  for (ssize_t n; (n = read(context, line, sizeof line)) > 0;) {
    while (n > 0 && line[n - 1] == '\n') n--;
    if (!out.empty()) out += "; ";
    out.append(line, static_cast<size_t>(n));
  }
  return out;
}

// Directories named by descriptor, for paths that are too long or hold what the option syntax cannot.
class Pinned {
 public:
  // "" with errno when the path cannot be opened.
  std::string name(const std::string& path) {
    Fd fd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return {};
    const std::string out = "/proc/self/fd/" + std::to_string(fd.get());
    fds_.push_back(std::move(fd));
    return out;
  }

 private:
  std::vector<Fd> fds_;
};

int setPath(int context, const char* key, const std::string& path, const char* special, Pinned& pinned) {
  if (path.empty()) return errno = ENOENT, -1;
  std::string value = escaped(path, special);
  if (value.size() > longestString) value = pinned.name(path);
  if (value.empty()) return -1;
  return fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0);
}

int setOption(int context, const std::string& option) {
  const size_t equals = option.find('=');
  if (equals == std::string::npos) {
    return fsconfig(context, FSCONFIG_SET_FLAG, option.c_str(), nullptr, 0);
  }
  return fsconfig(context, FSCONFIG_SET_STRING, option.substr(0, equals).c_str(),
                  option.substr(equals + 1).c_str(), 0);
}

bool configure(int context, const Overlay& overlay, Pinned& pinned) {
  if (fsconfig(context, FSCONFIG_SET_STRING, "source", "overlay", 0) < 0) return false;
  for (const std::string& dir : overlay.lower) {
    if (setPath(context, "lowerdir+", dir, "", pinned) < 0) return false;
  }
  if (!overlay.upper.empty()) {
    if (setPath(context, "upperdir", overlay.upper, "\\", pinned) < 0) return false;
    if (setPath(context, "workdir", overlay.work, "\\", pinned) < 0) return false;
  }
  for (const std::string& option : overlay.options) {
    if (setOption(context, option) < 0) return false;
  }
  return fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
}

// Whether this kernel takes lower directories one by one (Linux 6.8). Asked of a context that is thrown away. Before
// 6.5 overlayfs only collects what it is given and refuses it at the end, so a name that nobody knows is asked, too.
bool takesLowerPlus() {
  Fd context(fsopen("overlay", FSOPEN_CLOEXEC));
  const auto takes = [&](const char* key) {
    return fsconfig(context.get(), FSCONFIG_SET_STRING, key, "/", 0) == 0;
  };
  return context.valid() && takes("lowerdir+") && !takes("no-such-option");
}

// A mount that is nowhere yet.
Fd makeNew(const Overlay& overlay, Failure& failure) {
  Fd context(fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context.valid()) return failure = {errno, "fsopen", ""}, Fd();
  Pinned pinned;
  if (!configure(context.get(), overlay, pinned)) {
    const int err = errno;
    return failure = {err, "fsconfig", contextLog(context.get())}, Fd();
  }
  const uint64_t readOnly = overlay.upper.empty() ? MOUNT_ATTR_RDONLY : 0;
  Fd made(fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(overlay.attributes | readOnly)));
  if (!made.valid()) failure = {errno, "fsmount", contextLog(context.get())};
  return made;
}

unsigned long mountFlags(uint64_t attributes) {
  const uint64_t same = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  unsigned long flags = static_cast<unsigned long>(attributes & same);
  if (attributes & MOUNT_ATTR_NOATIME) flags |= MS_NOATIME;
  if (attributes & MOUNT_ATTR_STRICTATIME) flags |= MS_STRICTATIME;
  if (attributes & MOUNT_ATTR_NODIRATIME) flags |= MS_NODIRATIME;
  return flags;
}

bool mountOld(const Overlay& overlay, Failure& failure) {
  Pinned pinned;
  std::string data;
  for (const std::string& dir : overlay.lower) {
    const std::string name = pinned.name(dir);
    if (name.empty()) return failure = {errno, "open", dir}, false;
    data += (data.empty() ? "lowerdir=" : ":") + name;
  }
  unsigned long flags = mountFlags(overlay.attributes);
  if (overlay.upper.empty()) {
    flags |= MS_RDONLY;
  } else {
    const std::string upper = pinned.name(overlay.upper);
    const std::string work = pinned.name(overlay.work);
    if (upper.empty() || work.empty()) return failure = {errno, "open", overlay.upper}, false;
    data += ",upperdir=" + upper + ",workdir=" + work;
  }
  for (const std::string& option : overlay.options) data += "," + option;
  // mount(2) copies one page and would cut the rest off in silence.
  if (data.size() >= static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    return failure = {E2BIG, "mount", "the layers do not fit into one page of options"}, false;
  }
  if (mount("overlay", overlay.target.c_str(), "overlay", flags, data.c_str()) == 0) return true;
  return failure = {errno, "mount", ""}, false;
}

// overlayfs refuses a single lower directory without an upper one; a read-only bind mount shows the same.
Fd makeSingle(const Overlay& overlay, Failure& failure) {
  Fd tree(open_tree(AT_FDCWD, overlay.lower[0].c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.valid()) return failure = {errno, "open_tree", ""}, Fd();
  struct mount_attr attr = {};
  attr.attr_set = overlay.attributes | MOUNT_ATTR_RDONLY;
  if (attr.attr_set & MOUNT_ATTR__ATIME) attr.attr_clr = MOUNT_ATTR__ATIME;
  attr.propagation = MS_PRIVATE;
  if (mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) < 0) {
    return failure = {errno, "mount_setattr", ""}, Fd();
  }
  return tree;
}

bool isSingle(const Overlay& overlay) { return overlay.lower.size() == 1 && overlay.upper.empty(); }

Fd makeDetached(const Overlay& overlay, Failure& failure) {
  return isSingle(overlay) ? makeSingle(overlay, failure) : makeNew(overlay, failure);
}

bool attach(const Fd& made, const Overlay& overlay, Failure& failure) {
  if (!made.valid()) return false;
  if (move_mount(made.get(), "", AT_FDCWD, overlay.target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0) return true;
  return failure = {errno, "move_mount", ""}, false;
}

// False when an exception waits.
bool readOverlay(Call& call, Overlay& overlay) {
  const napi_value given = call[0];
  overlay.lower = call.texts(call.property(given, "lower"));
  const auto optional = [&](const char* name) {
    const napi_value value = call.property(given, name);
    return call.absent(value) ? std::string() : call.text(value);
  };
  overlay.upper = optional("upper");
  overlay.work = optional("work");
  const napi_value target = call.property(given, "target");
  if (!call.absent(target)) overlay.target = call.path(target);
  const napi_value options = call.property(given, "options");
  if (!call.absent(options)) overlay.options = call.texts(options);
  const napi_value attributes = call.property(given, "attributes");
  if (!call.absent(attributes)) overlay.attributes = call.u32(attributes);
  if (!call.ok()) return false;
  if (overlay.lower.empty()) return call.fail(EINVAL, "overlayMount", "no lower directory"), false;
  if (overlay.upper.empty() == overlay.work.empty()) return true;
  return call.fail(EINVAL, "overlayMount", "upper and work belong together"), false;
}

napi_value overlayMount(Call& call) {
  Overlay overlay;
  if (!readOverlay(call, overlay)) return nullptr;
  Failure failure;
  // Asked first: each refusal would be a line in the kernel's log.
  const bool canDetach = isSingle(overlay) || takesLowerPlus();
  const bool mounted =
      canDetach ? attach(makeDetached(overlay, failure), overlay, failure) : mountOld(overlay, failure);
  return mounted ? call.undefined() : call.fail(failure.err, failure.syscall, failure.detail);
}

napi_value overlayDetached(Call& call) {
  Overlay overlay;
  if (!readOverlay(call, overlay)) return nullptr;
  Failure failure;
  Fd made = makeDetached(overlay, failure);
  if (!made.valid()) return call.fail(failure.err, failure.syscall, failure.detail);
  return call.number(made.release());
}

napi_value canDetachOverlay(Call& call) { return call.boolean(takesLowerPlus()); }

}  // namespace

void exportOverlay(Exports& exports) {
  exports.add<overlayMount>("overlayMount");
  exports.add<overlayDetached>("overlayDetached");
  exports.add<canDetachOverlay>("canDetachOverlay");
}

}  // namespace wharf
