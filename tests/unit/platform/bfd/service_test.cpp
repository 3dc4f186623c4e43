#include "platform/bfd/service.h"

#include "tests/support/manual_scheduler.h"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torii::bfd {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

// The other machines: what is sent to an address is kept, and may be answered.
class Wires final : public Transport {
public:
    void set_receiver(Receive receive) override { receive_ = std::move(receive); }
    std::unique_ptr<Channel> open(const Path& path) override {
        class Wire final : public Channel {
        public:
            explicit Wire(std::vector<ControlPacket>& sent) : sent_(sent) {}
            void send(Bytes octets) override { sent_.push_back(*decode(octets)); }

        private:
            std::vector<ControlPacket>& sent_;
        };
        return std::make_unique<Wire>(sent[path.peer]);
    }
    void deliver(const char* source, const ControlPacket& packet, std::uint8_t ttl = 255,
                 bool multihop = false) {
        receive_({address(source), ttl, multihop}, encode(packet));
    }
    void deliver(const char* source, Bytes octets) { receive_({address(source), 255}, octets); }

    std::map<IpAddress, std::vector<ControlPacket>> sent;

private:
    Receive receive_;
};

class ServiceTest : public ::testing::Test {
protected:
    [[nodiscard]] static SessionConfig session(const char* peer, bool multihop = false) {
        SessionConfig config;
        config.path.peer = address(peer);
        config.path.multihop = multihop;
        return config;
    }
    [[nodiscard]] ControlPacket packet(State state, std::uint32_t yours) const {
        ControlPacket packet;
        packet.state = state;
        packet.detect_multiplier = 3;
        packet.my_discriminator = 77;
        packet.your_discriminator = yours;
        packet.desired_min_tx = packet.required_min_rx = Microseconds(300'000);
        return packet;
    }
    void come_up(const char* peer) {
        wires.deliver(peer, packet(State::down, 0));
        const std::uint32_t ours = wires.sent[address(peer)].back().my_discriminator;
        wires.deliver(peer, packet(State::init, ours));
    }
    [[nodiscard]] State state(std::size_t index = 0) const {
        return service.sessions().at(index).state;
    }

    test::ManualScheduler time;
    Wires wires;
    std::vector<std::pair<std::string, State>> changes;
    Service service{time, wires, true, [this](const SessionStatus& status) {
                        changes.emplace_back(status.path.peer.to_string(), status.state);
                    }};
};

TEST_F(ServiceTest, TellsOfEachChange) {
    service.configure({session("10.0.0.1"), session("2001:db8::1")});
    time.advance(1s);
    come_up("10.0.0.1");
    EXPECT_THAT(changes,
                ElementsAre(std::pair("10.0.0.1", State::init), std::pair("10.0.0.1", State::up)));
    time.advance(1s);
    EXPECT_EQ(changes.back(), std::pair(std::string("10.0.0.1"), State::down));
    ASSERT_THAT(service.sessions(), SizeIs(2));
    EXPECT_TRUE(service.sessions()[0].failed);
    EXPECT_FALSE(service.sessions()[1].failed);
}

TEST_F(ServiceTest, DiscriminatorsAreUniqueAndNotZero) {
    std::vector<SessionConfig> many;
    for (unsigned host = 1; host <= 200; ++host) {
        many.push_back(session("10.0.0.1"));
        many.back().path.peer = IpAddress::v4(0x0a000000 + host);
    }
    service.configure(many);
    std::map<std::uint32_t, int> seen;
    for (const SessionStatus& status : service.sessions()) ++seen[status.discriminator];
    EXPECT_THAT(seen, SizeIs(200));
    EXPECT_FALSE(seen.contains(0));
}

TEST_F(ServiceTest, PacketsFromBeyondARouterAreRefused) {
    service.configure({session("10.0.0.1"), session("10.9.9.9", true)});
    wires.deliver("10.0.0.1", packet(State::down, 0), 254);
    EXPECT_EQ(state(0), State::down);
    EXPECT_EQ(service.refused(), 1U);
    wires.deliver("10.9.9.9", packet(State::down, 0), 60, true);
    EXPECT_EQ(state(1), State::init);
    EXPECT_EQ(service.refused(), 1U);
}

TEST_F(ServiceTest, PacketsOfNobodyAreRefused) {
    service.configure({session("10.0.0.1"), session("10.0.0.2")});
    time.advance(1s);
    const std::uint32_t ours = wires.sent[address("10.0.0.1")].back().my_discriminator;
    wires.deliver("10.0.0.3", packet(State::down, 0));             // not configured
    wires.deliver("10.0.0.2", packet(State::up, ours));            // another's discriminator
    wires.deliver("10.0.0.1", packet(State::up, ours + 1));        // nobody's
    wires.deliver("10.0.0.1", packet(State::down, 0), 255, true);  // the port of several hops
    wires.deliver("10.0.0.1", Bytes{});
    EXPECT_EQ(service.refused(), 5U);
    EXPECT_THAT(changes, IsEmpty());
}

TEST_F(ServiceTest, WhatIsStillWantedGoesOn) {
    service.configure({session("10.0.0.1"), session("10.0.0.2")});
    time.advance(1s);
    come_up("10.0.0.1");
    changes.clear();
    SessionConfig slower = session("10.0.0.1");
    slower.parameters.detect_multiplier = 5;
    service.configure({slower});
    ASSERT_THAT(service.sessions(), SizeIs(1));
    EXPECT_EQ(state(), State::up);
    EXPECT_EQ(wires.sent[address("10.0.0.1")].back().detect_multiplier, 5);
    EXPECT_EQ(wires.sent[address("10.0.0.2")].back().state, State::admin_down);
    EXPECT_THAT(changes, IsEmpty());
}

TEST_F(ServiceTest, OneThatIsWantedAgainDoesNotSayFarewellAnyMore) {
    service.configure({session("10.0.0.1")});
    time.advance(1s);
    come_up("10.0.0.1");
    const std::uint32_t first = service.sessions()[0].discriminator;
    service.configure({});
    time.advance(500ms);
    service.configure({session("10.0.0.1")});
    std::vector<ControlPacket>& sent = wires.sent[address("10.0.0.1")];
    sent.clear();
    time.advance(10s);
    ASSERT_FALSE(sent.empty());
    for (const ControlPacket& packet : sent) EXPECT_NE(packet.my_discriminator, first);
    // The same when only its path is another.
    SessionConfig other = session("10.0.0.1");
    other.path.local = address("10.0.0.9");
    service.configure({other});
    sent.clear();
    time.advance(10s);
    for (const ControlPacket& packet : sent) EXPECT_NE(packet.state, State::admin_down);
}

TEST_F(ServiceTest, OneThatIsClosedSaysSoForAWhileAndStops) {
    service.configure({session("10.0.0.1")});
    time.advance(1s);
    come_up("10.0.0.1");
    service.configure({});
    time.advance(2s);
    EXPECT_GE(wires.sent[address("10.0.0.1")].size(), 4U);
    time.advance(5s);
    wires.sent.clear();
    time.advance(10s);
    EXPECT_THAT(wires.sent[address("10.0.0.1")], IsEmpty());
    service.configure({session("10.0.0.1")});
    EXPECT_EQ(state(), State::down);
    come_up("10.0.0.1");
    EXPECT_EQ(state(), State::up);
}

}  // namespace
}  // namespace torii::bfd
