#include "dataplane/packet/ipv4_fragment.h"

#include "dataplane/packet/ipv4.h"
#include "tests/unit/dataplane/support/frames.h"

#include <gtest/gtest.h>

#include <numeric>

namespace torii::packet {
namespace {

using test::Frame;

class Fragments : public ::testing::Test {
protected:
    static Frame packet(std::size_t payload, std::uint16_t word, const Frame& options = {}) {
        Frame data(payload);
        std::iota(data.begin(), data.end(), std::uint8_t{0});
        Frame frame = test::ipv4({.source = "10.0.0.2",
                                  .destination = "10.0.1.2",
                                  .fragment_word = word,
                                  .options = options,
                                  .payload = data});
        frame.erase(frame.begin(), frame.begin() + kEthernetSize);
        return frame;
    }
    // All of them, each checked for what must hold of every one.
    static std::vector<Frame> cut(const Frame& packet, std::size_t mtu) {
        Ipv4Fragmenter fragmenter(packet, mtu);
        std::vector<Frame> fragments;
        while (!fragmenter.done()) {
            Frame fragment(mtu);
            fragment.resize(fragmenter.next(fragment.data()));
            const Ipv4View ip(fragment.data());
            EXPECT_TRUE(ip.checksum_good());
            EXPECT_EQ(ip.total_length(), fragment.size());
            fragments.push_back(std::move(fragment));
        }
        return fragments;
    }
    static Frame payload(const std::vector<Frame>& fragments) {
        Frame all;
        for (const Frame& one : fragments) {
            const Ipv4View ip(one.data());
            all.insert(all.end(), one.begin() + static_cast<std::ptrdiff_t>(ip.header_length()),
                       one.end());
        }
        return all;
    }
    static std::vector<std::uint16_t> words(const std::vector<Frame>& fragments) {
        std::vector<std::uint16_t> words;
        for (const Frame& one : fragments) words.push_back(Ipv4View(one.data()).fragment_word());
        return words;
    }
};

TEST_F(Fragments, HoldThePayloadInOrder) {
    const Frame whole = packet(250, 0);
    const std::vector<Frame> fragments = cut(whole, 120);
    EXPECT_EQ(words(fragments), (std::vector<std::uint16_t>{0x2000, 0x200c, 0x0018}));
    EXPECT_EQ(payload(fragments), Frame(whole.begin() + kIpv4Size, whole.end()));
}

TEST_F(Fragments, OfAFragmentGoOnWhereItBegan) {
    // One from the middle stays so to its end; of the last one the last is the last.
    EXPECT_EQ(words(cut(packet(160, 0x2005), 120)), (std::vector<std::uint16_t>{0x2005, 0x2011}));
    EXPECT_EQ(words(cut(packet(161, 0x0005), 120)), (std::vector<std::uint16_t>{0x2005, 0x0011}));
}

TEST_F(Fragments, HaveTheOptionsThatSaySo) {
    const Frame whole = packet(200, 0, {7, 4, 4, 0, 0x88, 4, 1, 2});
    const std::vector<Frame> fragments = cut(whole, 120);
    ASSERT_EQ(fragments.size(), 3U);
    EXPECT_EQ(Ipv4View(fragments[0].data()).header_length(), 28U);
    EXPECT_EQ(Ipv4View(fragments[1].data()).header_length(), 24U);
    EXPECT_EQ(fragments[1][20], 0x88);
    EXPECT_EQ(payload(fragments), Frame(whole.begin() + 28, whole.end()));
}

TEST_F(Fragments, FillTheSmallestMtu) {
    const Frame whole = packet(100, 0, Frame(40, 1));
    const std::vector<Frame> fragments = cut(whole, 68);
    EXPECT_EQ(fragments[0].size(), 68U);  // 60 of header and 8
    EXPECT_EQ(payload(fragments), Frame(whole.begin() + 60, whole.end()));
}

}  // namespace
}  // namespace torii::packet
