#include "platform/base/page_in.h"

#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace torii {

void page_in(void* memory, std::size_t size) {
    static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t before =
        (page - reinterpret_cast<std::uintptr_t>(memory) % page) % page;  // the next page's begin
    if (size < before + page) return;
    madvise(static_cast<std::byte*>(memory) + before, (size - before) / page * page,
            MADV_POPULATE_WRITE);
}

}  // namespace torii
