#include "dataplane/port/memory_port.h"

#include <gmock/gmock.h>

#include <array>

namespace torii::port {
namespace {

using ::testing::ElementsAre;

TEST(MemoryPort, GivesFramesInOrderAndCountsTheirBuffers) {
    MemoryPool pool;
    MemoryPort port(3, pool);
    port.feed({1, 2, 3});
    port.feed({4});
    std::array<packet::Packet, kBurst> burst;
    ASSERT_EQ(port.receive(burst), 2U);
    EXPECT_EQ(burst[0].length, 3U);
    EXPECT_EQ(burst[0].data[2], 3);
    EXPECT_EQ(burst[1].data[0], 4);
    EXPECT_EQ(burst[1].in_port, 3);
    EXPECT_EQ(pool.in_use(), 2U);
    EXPECT_EQ(port.transmit(std::span(burst).first(2)), 2U);
    EXPECT_EQ(pool.in_use(), 0U);
    EXPECT_THAT(port.take_sent(), ElementsAre(Frame{1, 2, 3}, Frame{4}));
    EXPECT_THAT(port.take_sent(), ElementsAre());
}

TEST(MemoryPort, WithoutBuffersFramesWait) {
    MemoryPool pool;
    pool.set_limit(1);
    MemoryPort port(0, pool);
    port.feed({1});
    port.feed({2});
    std::array<packet::Packet, kBurst> burst;
    ASSERT_EQ(port.receive(burst), 1U);
    pool.release(std::span(burst).first(1));
    ASSERT_EQ(port.receive(burst), 1U);
    EXPECT_EQ(burst[0].data[0], 2);
    pool.release(std::span(burst).first(1));
}

TEST(MemoryPort, WhatIsNotTakenStaysTheCallers) {
    MemoryPool pool;
    MemoryPort port(0, pool);
    port.set_transmit_limit(1);
    std::array<packet::Packet, 2> packets;
    for (packet::Packet& packet : packets) ASSERT_TRUE(pool.allocate(packet));
    EXPECT_EQ(port.transmit(packets), 1U);
    EXPECT_EQ(pool.in_use(), 1U);
    pool.release(std::span(packets).subspan(1));
}

}  // namespace
}  // namespace torii::port
