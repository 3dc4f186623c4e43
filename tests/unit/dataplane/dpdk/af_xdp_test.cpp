#include "dataplane/dpdk/device.h"
#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/mbuf_pool.h"
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

// Two AF_XDP ports at the ends of a cable, with the buffers of a packet engine without hugepages.
class AfXdp : public netlink::FreshNamespace {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "AF_XDP needs root";
        FreshNamespace::SetUp();
        make_pair("left", "right");
        EalOptions options;
        options.file_prefix = fmt::format("torii-af-xdp-{}", ::getpid());
        options.plain_memory_mib = 128;
        const auto plan = plan_eal(options, inspect_machine());
        ASSERT_TRUE(plan) << plan.error().message;
        const auto started = start_eal(*plan);
        ASSERT_TRUE(started) << started.error().message;
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
        const bool started = pool_ != nullptr;
        pool_.reset();
        if (started) stop_eal();
    }

    std::unique_ptr<Device> attach(PortId id, const std::string& interface) {
        auto device =
            Device::attach(id, {"vdev", "net_af_xdp_" + interface, "iface=" + interface}, *pool_);
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

    std::unique_ptr<MbufPool> pool_;
    std::unique_ptr<Device> left_;
    std::unique_ptr<Device> right_;
};

TEST_F(AfXdp, EveryBufferCanBeSent) {
    const std::vector<packet::Packet> packets = frames();
    ASSERT_GT(packets.size(), kBuffers / 4);
    std::span<const packet::Packet> rest(packets);
    for (; rest.size() > packets.size() - kReserve; rest = rest.subspan(kBurst)) {
        pool_->release(rest.first(kBurst));
    }
    const std::size_t wanted = rest.size();
    std::size_t received = 0;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (received < wanted && std::chrono::steady_clock::now() < deadline) {
        const auto burst = rest.first(std::min(rest.size(), kBurst));
        rest = rest.subspan(left_->transmit(burst));
        received += receive();
    }
    EXPECT_EQ(received, wanted);
}

}  // namespace
}  // namespace torii::dpdk
