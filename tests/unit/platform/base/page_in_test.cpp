#include "platform/base/page_in.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <sys/mman.h>
#include <unistd.h>

namespace torii {
namespace {

TEST(PageIn, AllWholePagesAreThereAndNoOther) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    constexpr std::size_t kPages = 8;
    void* const memory =
        mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    madvise(memory, kPages * page, MADV_NOHUGEPAGE);
    page_in(static_cast<std::byte*>(memory) + 8, 4 * page);
    std::array<unsigned char, kPages> there{};
    ASSERT_EQ(mincore(memory, kPages * page, there.data()), 0);
    std::ranges::for_each(there, [](unsigned char& bits) { bits &= 1U; });
    EXPECT_EQ(there, (std::array<unsigned char, kPages>{0, 1, 1, 1, 0, 0, 0, 0}));
    page_in(static_cast<std::byte*>(memory) + 5 * page + 1, page);  // no whole page
    ASSERT_EQ(mincore(memory, kPages * page, there.data()), 0);
    EXPECT_EQ(there[5] & 1U, 0U);
    munmap(memory, kPages * page);
}

}  // namespace
}  // namespace torii
