#include "dataplane/dpdk/device.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "tests/unit/dataplane/dpdk/eal_for_tests.h"
#include "tests/unit/dataplane/support/frames.h"
#include "tests/unit/platform/linux/fresh_namespace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <span>
#include <unistd.h>
#include <vector>

namespace torii::dpdk {
namespace {

constexpr unsigned kBuffers = 8192;
constexpr std::size_t kReserve = 1024;                // what the drivers need to go on
constexpr std::uint16_t kEtherExperimental = 0x88b5;  // IEEE 802
constexpr auto kPatience = std::chrono::seconds(5);

// Two ports of a driver at the ends of a cable, with the buffers of a packet engine without
// hugepages.
class SocketPorts : public netlink::FreshNamespace,
                    public ::testing::WithParamInterface<const char*> {
protected:
    static void SetUpTestSuite() { test::start_eal("socket-ports", 128); }
    static void TearDownTestSuite() { stop_eal(); }

    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "packet sockets need root";
        FreshNamespace::SetUp();
        make_pair("left", "right");
        auto pool = MbufPool::create("packets", kBuffers);
        ASSERT_TRUE(pool) << pool.error().message;
        pool_ = std::move(*pool);
        left_ = attach(0, "left");
        right_ = attach(1, "right");
        ASSERT_TRUE(left_ && right_);
    }
    void TearDown() override {
        left_.reset();
        right_.reset();
        pool_.reset();
    }

    std::unique_ptr<Device> attach(PortId id, const std::string& interface) {
        const std::string name = fmt::format("{}_{}", GetParam(), interface);
        auto device = Device::attach(id, {"vdev", name, "iface=" + interface}, *pool_);
        EXPECT_TRUE(device) << device.error().message;
        return device ? std::move(*device) : nullptr;
    }
    // All buffers that are free, each with a frame.
    std::vector<packet::Packet> frames() {
        const test::Frame frame = test::ethernet(test::kBroadcastMac, test::kHostMac,
                                                 kEtherExperimental, test::Frame(46));
        std::vector<packet::Packet> packets;
        for (packet::Packet packet; pool_->allocate(packet);) {
            std::memcpy(packet.data, frame.data(), frame.size());
            packet.length = static_cast<std::uint32_t>(frame.size());
            packets.push_back(packet);
        }
        return packets;
    }
    // Takes what has come to the other end. How many of our frames: the kernel has some of its own.
    std::size_t receive() {
        std::array<packet::Packet, kBurst> burst;
        const auto packets = std::span(burst).first(right_->receive(burst));
        const auto ours = std::ranges::count_if(packets, [](const packet::Packet& packet) {
            return packet::ether_type(packet.data) == kEtherExperimental;
        });
        pool_->release(packets);
        return static_cast<std::size_t>(ours);
    }

    void release(std::span<const packet::Packet> packets) {
        while (!packets.empty()) {
            const std::size_t count = std::min(packets.size(), kBurst);
            pool_->release(packets.first(count));
            packets = packets.subspan(count);
        }
    }
    // Those that are still to be sent.
    std::span<const packet::Packet> send_burst(std::span<const packet::Packet> packets) {
        return packets.subspan(left_->transmit(packets.first(std::min(packets.size(), kBurst))));
    }
    template <class Done>
    [[nodiscard]] static bool until(const Done& done) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!done()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
        }
        return true;
    }

    std::unique_ptr<MbufPool> pool_;
    std::unique_ptr<Device> left_;
    std::unique_ptr<Device> right_;
};

TEST_P(SocketPorts, EveryBufferCanBeSent) {
    const std::vector<packet::Packet> packets = frames();
    ASSERT_GT(packets.size(), kBuffers / 4);
    release(std::span(packets).first(kReserve));
    std::span<const packet::Packet> rest = std::span(packets).subspan(kReserve);
    const std::size_t wanted = rest.size();
    std::size_t received = 0;
    EXPECT_TRUE(until([&] {
        rest = send_burst(rest);
        received += receive();
        return received >= wanted;
    })) << received
        << " of " << wanted;
}

// As when the worker does not get its CPU.
TEST_P(SocketPorts, WhatIsNotTakenInTimeIsCounted) {
    constexpr std::size_t kSent = 3 * kReserve;  // no ring has room for all of it
    const std::vector<packet::Packet> packets = frames();
    release(std::span(packets).subspan(kSent));
    std::span<const packet::Packet> rest = std::span(packets).first(kSent);
    ASSERT_TRUE(until([&] {
        rest = send_burst(rest);
        return rest.empty();
    }));
    std::size_t received = 0;
    EXPECT_TRUE(until([&] {
        received += receive();
        return received + right_->statistics().rx_errors >= kSent;
    }));
    EXPECT_LT(received, kSent);
}

INSTANTIATE_TEST_SUITE_P(Drivers, SocketPorts, ::testing::Values("net_af_xdp", "net_af_packet"));

}  // namespace
}  // namespace torii::dpdk
