#include "dataplane/dpdk/worker.h"

#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/port/memory_port.h"
#include "tests/unit/dataplane/dpdk/eal_for_tests.h"
#include "tests/unit/dataplane/support/frames.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>

namespace torii::dpdk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A worker between two ports in memory: 10.0.0.0/24 on port 0, 10.0.1.0/24 on port 1. Its turns are
// made by the test.
class WorkerTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { test::start_eal("worker", 32); }
    static void TearDownTestSuite() { stop_eal(); }

    void SetUp() override {
        auto out = PacketRing::create("out", 4);
        auto in = PacketRing::create("in", 4);
        ASSERT_TRUE(out && in);
        worker_ = std::make_unique<Worker>(0, pipeline_, settings_, pool_, qsbr_, std::move(*out),
                                           std::move(*in));
        WorkerPorts ports;
        fib::FibTransaction routes;
        pipeline::Settings settings;
        for (PortId id = 0; id < 2; ++id) {
            port::MemoryPort& port = id == 0 ? first_ : second_;
            ports.ports.at(id) = &port;
            ports.present.push_back(id);
            settings.ports.at(id).enabled = true;
            settings.ports.at(id).mac = test::port_mac(id);
            settings.ports.at(id).addresses = {
                InterfaceAddress::parse(fmt::format("10.0.{}.1/24", id)).value()};
            table_.set_port(id, test::port_mac(id), 1500);
            const std::uint32_t number = id + 1U;
            routes.next_hops.push_back(
                {number, fib::NextHopKind::attached, {}, fmt::format("eth{}", id), id});
            routes.groups.push_back({number, {{number, 1}}});
            routes.routes.push_back(
                {Prefix::parse(fmt::format("10.0.{}.0/24", id)).value(), number});
        }
        ASSERT_TRUE(table_.apply(routes));
        settings_.publish(settings);
        worker_->set_ports(std::move(ports));
    }
    void TearDown() override {
        worker_.reset();
        EXPECT_EQ(pool_.in_use(), 0U);
    }

    static port::Frame datagram(const std::string& to, std::uint8_t hops = 64) {
        return test::ipv4({.source = "10.0.0.2",
                           .destination = to,
                           .hops = hops,
                           .payload = test::udp(1000, 2000)});
    }
    void learn(const std::string& address) {
        table_.set_neighbor(1, test::address(address), test::kHostMac);
    }
    // What the worker has for the control thread, given back.
    std::vector<Handover> taken() {
        std::vector<Handover> handovers(8);
        handovers.resize(worker_->take_out(handovers));
        return handovers;
    }

    Qsbr qsbr_{1};
    fib::ForwardingTable table_{qsbr_, 1};
    pipeline::SharedSettings settings_{qsbr_};
    pipeline::Pipeline pipeline_{table_, settings_, 0};
    port::MemoryPool pool_;
    port::MemoryPort first_{0, pool_};
    port::MemoryPort second_{1, pool_};
    std::unique_ptr<Worker> worker_;
};

TEST_F(WorkerTest, ForwardsBetweenItsPorts) {
    learn("10.0.1.2");
    for (int count = 0; count < 70; ++count) first_.feed(datagram("10.0.1.2"));
    while (worker_->turn()) {
    }
    EXPECT_THAT(second_.take_sent(), SizeIs(70));
    EXPECT_THAT(first_.take_sent(), IsEmpty());
}

TEST_F(WorkerTest, CountsWhatTheDeviceDoesNotTake) {
    learn("10.0.1.2");
    second_.set_transmit_limit(3);
    for (int count = 0; count < 10; ++count) first_.feed(datagram("10.0.1.2"));
    worker_->turn();
    EXPECT_THAT(second_.take_sent(), SizeIs(3));
    EXPECT_EQ(worker_->counters(1).tx_dropped.value(), 7U);
}

TEST_F(WorkerTest, CutsWhatIsTooLongForTheWayOut) {
    learn("10.0.1.2");
    table_.set_port(1, test::port_mac(1), 576);
    first_.feed(test::ipv4(
        {.source = "10.0.0.2", .destination = "10.0.1.2", .payload = test::udp(1000, 2000, 1400)}));
    worker_->turn();
    const std::vector<port::Frame> sent = second_.take_sent();
    ASSERT_THAT(sent, SizeIs(3));  // 552 + 552 + 304 octets
    EXPECT_THAT(sent[0], SizeIs(14 + 572));
    EXPECT_THAT(sent[2], SizeIs(14 + 20 + 304));
    for (const port::Frame& frame : sent) {
        EXPECT_EQ(packet::destination_mac(frame.data()), test::kHostMac);
    }
}

TEST_F(WorkerTest, CountsTheFragmentsThereIsNoBufferFor) {
    learn("10.0.1.2");
    table_.set_port(1, test::port_mac(1), 576);
    pool_.set_limit(2);  // the packet's own and one more
    first_.feed(test::ipv4(
        {.source = "10.0.0.2", .destination = "10.0.1.2", .payload = test::udp(1000, 2000, 1400)}));
    worker_->turn();
    EXPECT_THAT(second_.take_sent(), SizeIs(1));
    EXPECT_EQ(worker_->counters(1).tx_dropped.value(), 1U);
}

TEST_F(WorkerTest, AnswersOnThePortItCameFrom) {
    learn("10.0.1.2");
    first_.feed(datagram("10.0.1.2", 1));
    worker_->turn();
    EXPECT_THAT(second_.take_sent(), IsEmpty());
    EXPECT_THAT(first_.take_sent(), SizeIs(1));
}

TEST_F(WorkerTest, HandsOverWhatWaitsForANeighborAndTriesItAgain) {
    first_.feed(datagram("10.0.1.9"));
    worker_->turn();
    std::vector<Handover> held = taken();
    ASSERT_THAT(held, SizeIs(1));
    EXPECT_EQ(held[0].packet.verdict, packet::Verdict::hold);
    EXPECT_EQ(held[0].neighbor, test::address("10.0.1.9"));
    EXPECT_EQ(held[0].neighbor_port, 1);
    learn("10.0.1.9");
    held[0].packet.verdict = packet::Verdict::none;
    ASSERT_TRUE(worker_->hand_in(held[0]));
    worker_->turn();
    EXPECT_THAT(second_.take_sent(), SizeIs(1));
}

TEST_F(WorkerTest, SendsForTheKernel) {
    Handover handover;
    ASSERT_TRUE(pool_.allocate(handover.packet));
    handover.packet.length = 60;
    handover.packet.out_port = 1;
    handover.packet.verdict = packet::Verdict::forward;
    ASSERT_TRUE(worker_->hand_in(handover));
    worker_->turn();
    EXPECT_THAT(second_.take_sent(), SizeIs(1));
    EXPECT_EQ(worker_->counters(1).injected.value(), 1U);
}

TEST_F(WorkerTest, DropsWhatTheControlThreadIsTooSlowFor) {
    const port::Frame arp =
        test::ethernet(test::kBroadcastMac, test::kHostMac, packet::kEtherArp, port::Frame(46));
    for (int count = 0; count < 6; ++count) first_.feed(arp);
    worker_->turn();
    EXPECT_EQ(worker_->counters(0).rx_dropped.value(), 2U);
    for (const Handover& handover : taken()) pool_.release(std::span(&handover.packet, 1));
}

TEST_F(WorkerTest, APacketForAPortThatIsGoneIsGivenBack) {
    Handover handover;
    ASSERT_TRUE(pool_.allocate(handover.packet));
    handover.packet.length = 60;
    handover.packet.out_port = 7;
    handover.packet.verdict = packet::Verdict::forward;
    ASSERT_TRUE(worker_->hand_in(handover));
    worker_->turn();
    EXPECT_EQ(worker_->counters(7).tx_dropped.value(), 1U);
}

}  // namespace
}  // namespace torii::dpdk
