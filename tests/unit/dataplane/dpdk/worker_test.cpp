#include "dataplane/dpdk/worker.h"

#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/port/memory_port.h"
#include "tests/unit/dataplane/dpdk/eal_for_tests.h"
#include "tests/unit/dataplane/support/frames.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <thread>

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

    static port::Frame datagram(const std::string& to, std::uint8_t hops = 64, PortId in = 0) {
        return test::ipv4({.source = "10.0.0.2",
                           .destination = to,
                           .hops = hops,
                           .to = test::port_mac(in),
                           .payload = test::udp(1000, 2000)});
    }
    void learn(const std::string& address) {
        table_.set_neighbor(1, test::address(address), test::kHostMac);
    }
    // Port 2 is VLAN 100 of port 0, and 10.0.2.0/24 is on it.
    void add_vlan() {
        fib::FibTransaction routes;
        routes.next_hops = {{3, fib::NextHopKind::attached, {}, "eth0.100", 2}};
        routes.groups = {{3, {{3, 1}}}};
        routes.routes = {{Prefix::parse("10.0.2.0/24").value(), 3}};
        table_.set_port(2, test::port_mac(0), 1500);
        ASSERT_TRUE(table_.apply(routes));
        table_.set_neighbor(2, test::address("10.0.2.2"), test::kHostMac);
        learn("10.0.1.2");
        pipeline::Settings settings = settings_.current();
        settings.ports[2] = settings.ports[0];
        settings.ports[2].is_vlan = true;
        settings_.publish(settings);
        auto sorter = std::make_shared<port::VlanSorter>();
        sorter->add(vlan_);
        WorkerPorts ports;
        ports.ports[0] = &first_;
        ports.ports[1] = &second_;
        ports.ports[2] = &vlan_;
        ports.present = {0, 1};
        ports.vlans[0] = sorter;
        worker_->set_ports(std::move(ports));
    }
    static port::Frame with_tag(port::Frame frame, std::uint8_t id) {
        frame.insert(frame.begin() + 12, {0x81, 0, 0, id});
        return frame;
    }
    // What the worker has for the control thread, given back.
    std::vector<Handover> taken() {
        std::vector<Handover> handovers(8);
        handovers.resize(worker_->take_out(handovers));
        return handovers;
    }
    void release_taken() {
        for (const Handover& handover : taken()) pool_.release(std::span(&handover.packet, 1));
    }

    Qsbr qsbr_{2};
    fib::ForwardingTable table_{qsbr_, 2};
    pipeline::SharedSettings settings_{qsbr_};
    pipeline::Pipeline pipeline_{table_, settings_, 0};
    port::MemoryPool pool_;
    port::MemoryPort first_{0, pool_};
    port::MemoryPort second_{1, pool_};
    port::VlanPort vlan_{2, 100, first_, pool_};
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

// In its turns it may be busy or not: a burst is timed when it is sent at once and when it waits in
// a queue; what is dropped or waits for a neighbor is not.
TEST_F(WorkerTest, TimesWhatItSends) {
    first_.feed(datagram("10.9.9.9"));
    first_.feed(datagram("10.0.1.2"));
    worker_->turn();
    release_taken();
    // The answer to the sender of the first is sent.
    EXPECT_EQ(worker_->latency().summary().samples, 1U);
    while (worker_->turn()) {
    }
    learn("10.0.1.2");
    std::uint64_t samples = 1;
    for (int round = 0; round < 3; ++round) {
        first_.feed(datagram("10.0.1.2"));
        first_.feed(datagram(round == 0 ? "10.0.1.2" : "10.0.1.3"));
        worker_->turn();
        release_taken();
        EXPECT_EQ(worker_->latency().summary().samples, ++samples);
        while (worker_->turn()) {
        }
    }
    learn("10.0.1.3");
    for (int count = 0; count < 32 * 17; ++count) first_.feed(datagram("10.0.1.2"));
    while (worker_->turn()) {
    }
    const pipeline::LatencySummary summary = worker_->latency().summary();
    EXPECT_EQ(summary.samples, samples + 3);  // of 17 bursts the first, the ninth, the last
    EXPECT_GT(summary.quantile(500), 0U);
    EXPECT_LE(summary.quantile(500), summary.max);
    EXPECT_LT(summary.max, 1'000'000'000U);
}

TEST_F(WorkerTest, ForwardsFromAVlanAndToIt) {
    add_vlan();
    for (int count = 0; count < 20; ++count) {
        first_.feed(with_tag(datagram("10.0.1.2"), 100));
        first_.feed(datagram("10.0.1.2"));
        second_.feed(datagram("10.0.2.2", 64, 1));
    }
    while (worker_->turn()) {
    }
    const std::vector<port::Frame> sent = second_.take_sent();
    ASSERT_THAT(sent, SizeIs(40));
    for (const port::Frame& frame : sent) EXPECT_THAT(frame, SizeIs(sent[0].size()));
    const std::vector<port::Frame> tagged = first_.take_sent();
    ASSERT_THAT(tagged, SizeIs(20));
    for (const port::Frame& frame : tagged) {
        EXPECT_EQ(packet::ether_type(frame.data()), packet::kEtherVlan);
        EXPECT_EQ(packet::vlan_id(frame.data()), 100);
        EXPECT_THAT(frame, SizeIs(sent[0].size() + 4));
    }
    EXPECT_EQ(pipeline_.counters().ports[2].forwarded.value(), 20U);
    EXPECT_EQ(pipeline_.counters().ports[0].forwarded.value(), 20U);
}

TEST_F(WorkerTest, OtherVlansLeadNowhere) {
    add_vlan();
    first_.feed(with_tag(datagram("10.0.1.2"), 101));
    second_.feed(with_tag(datagram("10.0.2.2", 64, 1), 100));  // that is no VLAN of this port
    worker_->turn();
    EXPECT_THAT(second_.take_sent(), IsEmpty());
    EXPECT_THAT(first_.take_sent(), IsEmpty());
    const auto reason = pipeline::DropReason::vlan_unknown;
    EXPECT_EQ(pipeline_.counters().dropped(reason), 2U);
    for (std::size_t port = 0; port < 2; ++port) {
        const auto& of_port = pipeline_.counters().drops.at(port);
        EXPECT_EQ(of_port[static_cast<std::size_t>(reason)].value(), 1U) << "each on its port";
    }
}

TEST_F(WorkerTest, AnswersCarryTheTag) {
    add_vlan();
    first_.feed(with_tag(datagram("10.0.1.2", 1), 100));
    worker_->turn();
    const std::vector<port::Frame> sent = first_.take_sent();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(packet::vlan_id(sent[0].data()), 100);
}

// Two threads over the same tables, which change all the while: nothing is lost, nothing that was
// retired is used, and every packet is counted once.
TEST_F(WorkerTest, TwoWorkersForwardWhileTheTablesChange) {
    constexpr std::size_t kPackets = 20000;
    learn("10.0.1.2");
    pipeline::Pipeline other_pipeline{table_, settings_, 1};
    port::MemoryPool other_pool;
    port::MemoryPort other_first{0, other_pool};
    port::MemoryPort other_second{1, other_pool};
    Worker other(1, other_pipeline, settings_, other_pool, qsbr_,
                 std::move(*PacketRing::create("other_out", 4)),
                 std::move(*PacketRing::create("other_in", 4)));
    WorkerPorts ports;
    ports.ports[0] = &other_first;
    ports.ports[1] = &other_second;
    ports.present = {0};
    other.set_ports(std::move(ports));
    for (std::size_t count = 0; count < kPackets; ++count) {
        first_.feed(datagram("10.0.1.2"));
        other_first.feed(datagram("10.0.1.2"));
    }
    std::thread one([this] { worker_->run(); });
    std::thread two([&other] { other.run(); });
    const auto forwarded = [&] {
        return pipeline_.counters().ports[0].forwarded.value() +
               other_pipeline.counters().ports[0].forwarded.value();
    };
    std::uint32_t round = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (; forwarded() < 2 * kPackets && std::chrono::steady_clock::now() < end; ++round) {
        fib::FibTransaction change;
        change.routes = {
            {Prefix::covering(IpAddress::v4(0x0a000100U), round % 2 == 0 ? 25 : 26), 2}};
        ASSERT_TRUE(table_.apply(change));
        change.routes.clear();
        change.removed_routes = {
            Prefix::covering(IpAddress::v4(0x0a000100U), round % 2 == 0 ? 25 : 26)};
        ASSERT_TRUE(table_.apply(change));
        settings_.publish(settings_.current());
        qsbr_.poll();
    }
    worker_->stop();
    other.stop();
    one.join();
    two.join();
    while (qsbr_.poll()) {
    }
    EXPECT_GT(round, 10U);
    EXPECT_EQ(forwarded(), 2 * kPackets);
    EXPECT_THAT(second_.take_sent(), SizeIs(kPackets));
    EXPECT_THAT(other_second.take_sent(), SizeIs(kPackets));
    EXPECT_EQ(other_pool.in_use(), 0U);
    ASSERT_TRUE(table_.group_status(2));
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
