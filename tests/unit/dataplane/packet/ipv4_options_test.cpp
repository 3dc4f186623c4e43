#include "dataplane/packet/ipv4_options.h"

#include "dataplane/packet/ipv4.h"
#include "tests/unit/dataplane/support/frames.h"

#include <gtest/gtest.h>

namespace torii::packet {
namespace {

using test::Frame;

Frame header_with(const Frame& options) {
    Frame frame = test::ipv4({.source = "10.0.0.2", .destination = "10.0.1.2", .options = options});
    frame.erase(frame.begin(), frame.begin() + kEthernetSize);
    return frame;
}

Frame recorded(const Frame& options) {
    Frame header = header_with(options);
    record_in_ipv4_options(header.data(), 0x0a000101, 5);
    EXPECT_TRUE(Ipv4View(header.data()).checksum_good());
    return {header.begin() + kIpv4Size, header.end()};
}

TEST(Ipv4Options, AreCheckedAsTheirKindAsks) {
    struct Case {
        Frame options;
        OptionsVerdict verdict;
        int pointer = 0;
    };
    const std::vector<Case> cases{
        {{1, 1, 1, 0}, OptionsVerdict::good},
        {{0, 7, 0, 9}, OptionsVerdict::good},  // nothing counts behind the end
        {{7, 7, 4, 0, 0, 0, 0, 0}, OptionsVerdict::good},
        {{7, 7, 8, 1, 2, 3, 4, 0}, OptionsVerdict::good},  // full
        {{7, 2, 0, 0}, OptionsVerdict::malformed, 21},
        {{7, 7, 3, 0, 0, 0, 0, 0}, OptionsVerdict::malformed, 22},
        {{7, 7, 5, 0, 0, 0, 0, 0}, OptionsVerdict::malformed, 22},  // no room for an address
        {{68, 8, 5, 0, 0, 0, 0, 0}, OptionsVerdict::good},
        {{68, 8, 9, 0xf1, 0, 0, 0, 0}, OptionsVerdict::malformed, 23},  // can count no further
        {{68, 8, 5, 1, 0, 0, 0, 0}, OptionsVerdict::malformed, 22},
        {{68, 8, 5, 2, 0, 0, 0, 0}, OptionsVerdict::malformed, 23},
        {{1, 131, 3, 4}, OptionsVerdict::source_route},
        {{1, 137, 3, 4}, OptionsVerdict::source_route},
        {{1, 1, 1, 9}, OptionsVerdict::malformed, 23},
        {{9, 0, 0, 0}, OptionsVerdict::malformed, 21},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(::testing::PrintToString(one.options));
        const OptionsCheck check = check_ipv4_options(header_with(one.options));
        EXPECT_EQ(check.verdict, one.verdict);
        EXPECT_EQ(check.pointer, one.pointer);
    }
}

TEST(Ipv4Options, RecordTheWay) {
    EXPECT_EQ(recorded({7, 7, 4, 0, 0, 0, 0, 0}), (Frame{7, 7, 8, 10, 0, 1, 1, 0}));
    EXPECT_EQ(recorded({7, 7, 8, 1, 2, 3, 4, 0}), (Frame{7, 7, 8, 1, 2, 3, 4, 0}));
}

TEST(Ipv4Options, RecordTheTime) {
    EXPECT_EQ(recorded({68, 8, 5, 0, 0, 0, 0, 0}), (Frame{68, 8, 9, 0, 0x80, 0, 0, 5}));
    EXPECT_EQ(recorded({68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0}),
              (Frame{68, 12, 13, 1, 10, 0, 1, 1, 0x80, 0, 0, 5}));
    // Asked for by address: ours, then another's.
    EXPECT_EQ(recorded({68, 12, 5, 3, 10, 0, 1, 1, 0, 0, 0, 0}),
              (Frame{68, 12, 13, 3, 10, 0, 1, 1, 0x80, 0, 0, 5}));
    EXPECT_EQ(recorded({68, 12, 5, 3, 10, 9, 9, 9, 0, 0, 0, 0}),
              (Frame{68, 12, 5, 3, 10, 9, 9, 9, 0, 0, 0, 0}));
    // Full: those who found no room are counted.
    EXPECT_EQ(recorded({68, 8, 9, 0x20, 1, 2, 3, 4}), (Frame{68, 8, 9, 0x30, 1, 2, 3, 4}));
}

TEST(Ipv4Options, AreCopiedIntoFragmentsIfTheySaySo) {
    const Frame options{7, 3, 4, 0x88, 4, 1, 2, 1, 0x9e, 3, 5, 0};
    std::array<std::uint8_t, 40> out{};
    const std::size_t size = copy_fragment_options(options, out.data());
    EXPECT_EQ(Frame(out.data(), out.data() + size), (Frame{0x88, 4, 1, 2, 0x9e, 3, 5, 0}));
}

}  // namespace
}  // namespace torii::packet
