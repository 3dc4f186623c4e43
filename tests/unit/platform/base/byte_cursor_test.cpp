#include "platform/base/byte_reader.h"
#include "platform/base/byte_writer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <vector>

namespace torii {
namespace {

using ::testing::ElementsAre;

TEST(ByteReader, ReadsNumbersInNetworkByteOrder) {
    const std::array<std::uint8_t, 15> octets{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    ByteReader reader(octets);
    EXPECT_EQ(reader.u8(), 0x01);
    EXPECT_EQ(reader.u16(), 0x0203);
    EXPECT_EQ(reader.u32(), 0x04050607U);
    EXPECT_EQ(reader.u64(), 0x08090a0b0c0d0e0fU);
    EXPECT_TRUE(reader.empty());
    EXPECT_FALSE(reader.failed());
}

TEST(ByteReader, AReadPastTheEndYieldsZeroAndFailsForGood) {
    const std::array<std::uint8_t, 3> octets{1, 2, 3};
    ByteReader reader(octets);
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_TRUE(reader.failed());
    EXPECT_EQ(reader.remaining(), 0U);
    // One octet would be there, but the structure has already been found to be cut.
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_TRUE(reader.take(0).empty());
    EXPECT_TRUE(reader.failed());
}

TEST(ByteReader, TakeAndRestShareTheOctets) {
    const std::array<std::uint8_t, 5> octets{1, 2, 3, 4, 5};
    ByteReader reader(octets);
    const Bytes first = reader.take(2);
    EXPECT_THAT(first, ElementsAre(1, 2));
    EXPECT_EQ(first.data(), octets.data());
    EXPECT_EQ(reader.position(), 2U);
    EXPECT_EQ(reader.remaining(), 3U);
    EXPECT_THAT(reader.rest(), ElementsAre(3, 4, 5));
    EXPECT_TRUE(reader.empty());
}

TEST(ByteReader, NothingCanBeTakenFromNothing) {
    ByteReader reader(Bytes{});
    EXPECT_TRUE(reader.empty());
    EXPECT_TRUE(reader.take(0).empty());
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_TRUE(reader.failed());
}

TEST(ByteWriter, WritesNumbersInNetworkByteOrder) {
    ByteWriter writer;
    writer.u8(0x01);
    writer.u16(0x0203);
    writer.u32(0x04050607);
    writer.u64(0x08090a0b0c0d0e0f);
    EXPECT_THAT(writer.view(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

TEST(ByteWriter, PatchesALengthThatIsKnownAfterwards) {
    ByteWriter writer;
    writer.u16(0);
    const std::size_t small = writer.size();
    writer.u8(0);
    const std::array<std::uint8_t, 2> body{0xaa, 0xbb};
    writer.bytes(body);
    writer.patch_u16(0, 0x1234);
    writer.patch_u8(small, body.size());
    EXPECT_THAT(writer.take(), ElementsAre(0x12, 0x34, 2, 0xaa, 0xbb));
}

TEST(ByteWriter, PatchesFourOctetsInNetworkOrder) {
    ByteWriter writer;
    writer.u8(9);
    writer.u32(0);
    writer.u8(9);
    writer.patch_u32(1, 0x01020304);
    EXPECT_THAT(writer.take(), ElementsAre(9, 1, 2, 3, 4, 9));
}

TEST(ByteWriter, WhatIsWrittenIsReadBack) {
    ByteWriter writer;
    writer.u32(0xfffefdfc);
    writer.u64(0x8000000000000001);
    ByteReader reader(writer.view());
    EXPECT_EQ(reader.u32(), 0xfffefdfcU);
    EXPECT_EQ(reader.u64(), 0x8000000000000001U);
    EXPECT_TRUE(reader.empty());
}

// It begins with room for 64 octets: every size of number meets its end.
TEST(ByteWriter, GrowsWithWhatIsWritten) {
    ByteWriter writer;
    ByteWriter tail;
    for (std::uint8_t count = 0; count < 200; ++count) {
        writer.u8(count);
        writer.u16(0x0102);
        writer.u64(0x0102030405060708);
        writer.bytes(tail.view());
        tail.u8(count);
    }
    ByteReader reader(writer.view());
    for (std::size_t count = 0; count < 200; ++count) {
        ASSERT_EQ(reader.u8(), count);
        ASSERT_EQ(reader.u16(), 0x0102);
        ASSERT_EQ(reader.u64(), 0x0102030405060708U);
        const Bytes octets = reader.take(count);
        ASSERT_TRUE(std::ranges::equal(octets, tail.view().first(count)));
    }
    EXPECT_TRUE(reader.empty());
    EXPECT_FALSE(reader.failed());
}

TEST(ByteWriter, IsEmptyAfterwards) {
    ByteWriter writer;
    writer.u32(0x01020304);
    writer.clear();
    EXPECT_TRUE(writer.view().empty());
    writer.u16(0x0506);
    EXPECT_THAT(writer.take(), ElementsAre(5, 6));
    EXPECT_EQ(writer.size(), 0U);
    writer.u8(7);
    EXPECT_THAT(writer.take(), ElementsAre(7));
}

}  // namespace
}  // namespace torii
