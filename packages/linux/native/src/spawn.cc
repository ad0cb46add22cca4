// A child that costs no copy of our page tables: it borrows our memory (CLONE_VM) while we stand still (CLONE_VFORK).
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "call.h"

namespace wharf {
namespace {

constexpr size_t stackSize = 128 * 1024;
constexpr int signalCount = 64;
constexpr size_t kernelSetSize = 8;

// Everything the child needs, made before it exists; `failed` and `err` come back through shared memory.
struct Plan {
  const char* file;
  char* const* argv;
  char* const* envp;
  const char* cwd;
  int stdio[3];
  bool mountNamespace;
  char* const* unmounts;
  char* const* cgroups;
  const char* oomScore;  // null: leave it
  volatile int err;
  const char* volatile failed;
};

// Raw system calls only: glibc's wrappers refuse to touch the two signals that it keeps for itself.
void blockAllSignals(uint64_t* before) {
  const uint64_t all = ~UINT64_C(0);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, before, kernelSetSize);
}

void restoreSignals(const uint64_t* mask) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, nullptr, kernelSetSize);
}

// ---- From here to runChild: code of the child. It shares our memory, so no allocation, no locks, no exceptions.

void writeFile(const char* path, const char* text) noexcept {
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return;
  syscall(SYS_write, fd, text, strlen(text));
  syscall(SYS_close, fd);
}

int placeStdio(const int* stdio) noexcept {
  long high[3];
  // First out of the way of each other, then into place, which also clears their O_CLOEXEC.
  for (int i = 0; i < 3; i++) {
    high[i] = syscall(SYS_fcntl, stdio[i], F_DUPFD_CLOEXEC, 3);
    if (high[i] < 0) return -1;
  }
  for (int i = 0; i < 3; i++) {
    if (syscall(SYS_dup3, high[i], i, 0) < 0) return -1;
  }
  return 0;
}

// Handlers would run in the parent's memory; ignored signals would be inherited through exec.
void defaultSignals() noexcept {
  const char zeros[64] = {};  // a struct sigaction of the kernel that says SIG_DFL
  for (int i = 1; i <= signalCount; i++) {
    if (i != SIGKILL && i != SIGSTOP) syscall(SYS_rt_sigaction, i, zeros, nullptr, kernelSetSize);
  }
}

const char* prepare(const Plan* plan) noexcept {
  defaultSignals();
  if (setsid() < 0) return "setsid";
  if (plan->mountNamespace) {
    if (unshare(CLONE_NEWNS) < 0) return "unshare";
    if (mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) < 0) return "mount";
    for (char* const* path = plan->unmounts; *path != nullptr; path++) umount2(*path, MNT_DETACH);
  }
  for (char* const* path = plan->cgroups; *path != nullptr; path++) writeFile(*path, "0");
  if (plan->oomScore != nullptr) writeFile("/proc/self/oom_score_adj", plan->oomScore);
  if (placeStdio(plan->stdio) < 0) return "dup";
  if (syscall(SYS_close_range, 3, ~0U, 0) < 0) return "close_range";
  if (chdir(plan->cwd) < 0) return "chdir";
  return nullptr;
}

int childMain(void* argument) noexcept {
  Plan* plan = static_cast<Plan*>(argument);
  const char* failed = prepare(plan);
  if (failed == nullptr) {
    const uint64_t none = 0;
    restoreSignals(&none);
    execve(plan->file, plan->argv, plan->envp);
    failed = "execve";
  }
  plan->err = errno;
  plan->failed = failed;
  syscall(SYS_exit_group, 127);
  return 127;
}

// ---- The parent again.

class Stack {
 public:
  Stack() {
    void* memory = mmap(nullptr, stackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return;
    base_ = static_cast<char*>(memory);
    // The lowest page is the guard; the stack grows down to it.
    mprotect(base_, static_cast<size_t>(sysconf(_SC_PAGESIZE)), PROT_NONE);
  }
  ~Stack() {
    if (base_ != nullptr) munmap(base_, stackSize);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  char* top() const { return base_ == nullptr ? nullptr : base_ + stackSize; }

 private:
  char* base_ = nullptr;
};

// Returns the pid, or -1 with `plan.failed` and `plan.err` set.
pid_t runChild(Plan& plan) {
  Stack stack;
  if (stack.top() == nullptr) {
    plan.err = errno;
    plan.failed = "mmap";
    return -1;
  }
  uint64_t before = 0;
  blockAllSignals(&before);
  const pid_t pid = clone(childMain, stack.top(), CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  const int cloneError = errno;
  restoreSignals(&before);
  if (pid < 0) {
    plan.err = cloneError;
    plan.failed = "clone";
    return -1;
  }
  if (plan.failed == nullptr) return pid;
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return -1;
}

// A null-terminated vector of pointers into `texts`, which must outlive it.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> optionalTexts(Call& call, napi_value options, const char* name) {
  const napi_value value = call.property(options, name);
  return call.absent(value) ? std::vector<std::string>() : call.texts(value);
}

bool readStdio(Call& call, napi_value options, int* stdio) {
  const napi_value value = call.property(options, "stdio");
  if (call.absent(value)) return false;
  const std::vector<napi_value> items = call.list(value);
  for (size_t i = 0; i < 3 && i < items.size(); i++) {
    if (!call.absent(items[i])) stdio[i] = static_cast<int>(call.integer(items[i], 0, INT32_MAX));
  }
  return stdio[0] >= 0 && stdio[1] >= 0 && stdio[2] >= 0;
}

napi_value spawnDetached(Call& call) {
  const napi_value options = call[0];
  const std::string file = call.path(call.property(options, "file"));
  std::vector<std::string> argv = call.texts(call.property(options, "argv"));
  std::vector<std::string> env = call.texts(call.property(options, "env"));
  const std::string cwd = call.text(call.property(options, "cwd"));
  std::vector<std::string> unmounts = optionalTexts(call, options, "unmount");
  std::vector<std::string> cgroups = optionalTexts(call, options, "cgroupProcs");
  const napi_value ownMounts = call.property(options, "newMountNamespace");
  const bool mountNamespace = !call.absent(ownMounts) && call.boolean(ownMounts);
  const napi_value score = call.property(options, "oomScoreAdj");
  const std::string oomScore = call.absent(score) ? "" : std::to_string(call.integer(score, -1000, 1000));
  int stdio[3] = {-1, -1, -1};
  const bool allGiven = readStdio(call, options, stdio);
  if (!call.ok()) return nullptr;
  if (argv.empty()) return call.fail(EINVAL, "spawnDetached", "argv is empty");

  Fd null(allGiven ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!allGiven && !null.valid()) return call.fail(errno, "open", "/dev/null");
  for (int& fd : stdio) {
    if (fd < 0) fd = null.get();
  }
  const std::vector<char*> argvPointers = pointers(argv);
  const std::vector<char*> envPointers = pointers(env);
  const std::vector<char*> unmountPointers = pointers(unmounts);
  const std::vector<char*> cgroupPointers = pointers(cgroups);
  Plan plan = {file.c_str(),
               argvPointers.data(),
               envPointers.data(),
               cwd.c_str(),
               {stdio[0], stdio[1], stdio[2]},
               mountNamespace,
               unmountPointers.data(),
               cgroupPointers.data(),
               oomScore.empty() ? nullptr : oomScore.c_str(),
               0,
               nullptr};
  const pid_t pid = runChild(plan);
  if (pid >= 0) return call.number(pid);
  const bool concernsCwd = strcmp(plan.failed, "chdir") == 0;
  return call.fail(plan.err, plan.failed, concernsCwd ? cwd : "");
}

}  // namespace

void exportSpawn(Exports& exports) { exports.add<spawnDetached>("spawnDetached"); }

}  // namespace wharf
