// Memory goes back to the kernel: madvise(2), malloc_trim(3).
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>

#include "call.h"

namespace wharf {
namespace {

// The first object of the list is the program itself, dl_iterate_phdr(3); its segments stay mapped as long as it runs.
int dropSegments(struct dl_phdr_info* program, size_t, void*) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < program->dlpi_phnum; i++) {
    const ElfW(Phdr)& segment = program->dlpi_phdr[i];
    // What was writable once, RELRO included, may differ from the file.
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t start = program->dlpi_addr + segment.p_vaddr;
    // A page that the next segment shares belongs to that one.
    const uintptr_t first = (start + page - 1) & ~(page - 1);
    const uintptr_t end = (start + segment.p_memsz) & ~(page - 1);
    if (end > first) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
  }
  return 1;
}

napi_value dropProgramPagesCall(Call& call) {
  dl_iterate_phdr(dropSegments, nullptr);
  return call.undefined();
}

napi_value trimHeapCall(Call& call) {
  ::malloc_trim(0);
  return call.undefined();
}

}  // namespace

void exportMemory(Exports& exports) {
  exports.add<dropProgramPagesCall>("dropProgramPages");
  exports.add<trimHeapCall>("trimHeap");
}

}  // namespace wharf
