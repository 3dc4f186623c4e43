#include "dataplane/fib/reserved_array.h"

#include "platform/base/log.h"

#include <cstdlib>
#include <sys/mman.h>

namespace torii::fib {
namespace {

constexpr Log kLog{"fib"};
constexpr std::size_t kHugePage = std::size_t{2} << 20U;

}  // namespace

void* reserve_memory(std::size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        kLog.error("cannot reserve {} MiB of address space for forwarding tables", size >> 20U);
        std::abort();
    }
    // Lookups are random: without huge pages most of them also miss the TLB.
    if (size >= kHugePage) madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

void release_memory(void* memory, std::size_t size) {
    munmap(memory, size);
}

}  // namespace torii::fib
