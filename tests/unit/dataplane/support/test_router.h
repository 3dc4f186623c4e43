#pragma once

#include "dataplane/pipeline/pipeline.h"
#include "tests/unit/dataplane/support/frames.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace torii::test {

[[nodiscard]] inline Prefix prefix(const std::string& text) {
    return Prefix::parse(text).value();
}

[[nodiscard]] inline fib::NextHop gateway(std::uint32_t id, const std::string& text, PortId port) {
    return {id, fib::NextHopKind::gateway, address(text), "eth" + std::to_string(port), port};
}
[[nodiscard]] inline fib::NextHop attached(std::uint32_t id, PortId port) {
    return {id, fib::NextHopKind::attached, {}, "eth" + std::to_string(port), port};
}
[[nodiscard]] inline fib::NextHop special(std::uint32_t id, fib::NextHopKind kind) {
    return {id, kind, {}, "", kNoPort};
}

// A router of three ports, 10.0.N.1/24, fd00:N::1/64 and fe80::1 on port N, with a host .2 (::2) on
// each. Behind the hosts of ports 1 and 2: 172.16.1.0/24, 172.16.2.0/24, fd01::/64 and fd02::/64;
// behind both, by ECMP: 172.16.0.0/24 and fd03::/64.
class TestRouter : public ::testing::Test {
protected:
    static constexpr std::uint16_t kMtu = 1500;
    static constexpr std::uint32_t kLocal = 10;
    static constexpr std::uint32_t kDiscard = 11;
    static constexpr std::uint32_t kReject = 12;
    static constexpr std::uint32_t kVia1 = 21;
    static constexpr std::uint32_t kVia2 = 22;
    static constexpr std::uint32_t kEcmp = 30;
    static constexpr std::uint32_t kVia1V6 = 31;
    static constexpr std::uint32_t kVia2V6 = 32;
    static constexpr std::uint32_t kEcmpV6 = 40;

    TestRouter() {
        for (PortId port = 0; port < 3; ++port) add_port(port);
        fib::FibTransaction transaction;
        transaction.next_hops = {special(kLocal, fib::NextHopKind::local),
                                 special(kDiscard, fib::NextHopKind::discard),
                                 special(kReject, fib::NextHopKind::reject),
                                 gateway(kVia1, "10.0.1.2", 1),
                                 gateway(kVia2, "10.0.2.2", 2),
                                 gateway(kVia1V6, "fd00:1::2", 1),
                                 gateway(kVia2V6, "fd00:2::2", 2)};
        for (const std::uint32_t id : {kLocal, kDiscard, kReject, kVia1, kVia2, kVia1V6, kVia2V6}) {
            transaction.groups.push_back({id, {{id, 1}}});
        }
        transaction.groups.push_back({kEcmp, {{kVia1, 1}, {kVia2, 1}}});
        transaction.groups.push_back({kEcmpV6, {{kVia1V6, 1}, {kVia2V6, 1}}});
        const auto route = [&](const std::string& to, std::uint32_t group) {
            transaction.routes.push_back({prefix(to), group});
        };
        route("172.16.1.0/24", kVia1);
        route("172.16.2.0/24", kVia2);
        route("172.16.0.0/24", kEcmp);
        route("fd01::/64", kVia1V6);
        route("fd02::/64", kVia2V6);
        route("fd03::/64", kEcmpV6);
        route("198.51.100.0/24", kDiscard);
        route("203.0.113.0/24", kReject);
        route("2001:db8:1::/48", kDiscard);
        route("2001:db8:2::/48", kReject);
        apply(transaction);
        publish();
    }

    // Attached routes of both families, local routes of our own addresses, the neighbor .2.
    void add_port(PortId port) {
        const std::string text = std::to_string(port);
        pipeline::PortSettings& own = settings_.ports[port];
        own.enabled = true;
        own.mac = port_mac(port);
        for (const std::string& ours :
             {"10.0." + text + ".1/24", std::string("fe80::1/64"), "fd00:" + text + "::1/64"}) {
            own.addresses.push_back(InterfaceAddress::parse(ours).value());
        }
        table_.set_port(port, port_mac(port), kMtu);
        const std::uint32_t id = 100U + port;
        fib::FibTransaction transaction;
        transaction.next_hops = {attached(id, port), special(kLocal, fib::NextHopKind::local)};
        transaction.groups = {{id, {{id, 1}}}, {kLocal, {{kLocal, 1}}}};
        for (const InterfaceAddress& ours : own.addresses) {
            if (ours.address.is_link_local()) continue;
            transaction.routes.push_back({ours.network(), id});
            transaction.routes.push_back({Prefix::host(ours.address), kLocal});
        }
        apply(transaction);
        table_.set_neighbor(port, address("10.0." + text + ".2"), host_mac(port));
        table_.set_neighbor(port, address("fd00:" + text + "::2"), host_mac(port));
    }

    [[nodiscard]] static MacAddress host_mac(PortId port) {
        return MacAddress{{2, 0, 0, 0, 1, static_cast<std::uint8_t>(port)}};
    }

    void apply(const fib::FibTransaction& transaction) {
        const Result<void> applied = table_.apply(transaction);
        ASSERT_TRUE(applied) << applied.error().message;
    }
    void publish() { shared_.publish(settings_); }

    // Runs a burst of one; the frame lives until the test ends.
    packet::Packet& process(Frame frame, PortId in_port = 0, std::uint8_t flags = 0) {
        frames_.push_back(std::move(frame));
        packet::Packet& packet = packets_.emplace_back();
        packet.data = frames_.back().data();
        packet.length = static_cast<std::uint32_t>(frames_.back().size());
        packet.in_port = in_port;
        packet.flags = flags;
        again(packet);
        return packet;
    }
    void again(packet::Packet& packet) {
        packet.verdict = packet::Verdict::none;
        pipeline_.process(std::span(&packet, 1), now_, output_);
    }

    void expect_drop(const packet::Packet& packet, pipeline::DropReason reason) {
        EXPECT_EQ(packet.verdict, packet::Verdict::drop);
        if (packet.verdict != packet::Verdict::drop) return;
        EXPECT_EQ(pipeline::kDropReasons.at(packet.detail).name,
                  pipeline::drop_reason_row(reason).name);
    }
    void expect_punt(const packet::Packet& packet, pipeline::PuntClass punt_class) {
        EXPECT_EQ(packet.verdict, packet::Verdict::punt);
        EXPECT_EQ(packet.detail, static_cast<std::uint8_t>(punt_class));
    }
    // Dropped, and the sender is told (which is checked) or not.
    void expect_answer(const packet::Packet& packet, pipeline::DropReason reason,
                       pipeline::IcmpErrorKind kind) {
        expect_drop(packet, reason);
        ASSERT_EQ(output_.answered, 1);
        EXPECT_EQ(output_.answers[0].index, 0);
        EXPECT_EQ(output_.answers[0].error.kind, kind);
    }
    [[nodiscard]] std::uint64_t punted(pipeline::PuntClass punt_class) const {
        return pipeline_.counters().punts[static_cast<std::size_t>(punt_class)].value();
    }
    [[nodiscard]] std::uint64_t limited(pipeline::PuntClass punt_class) const {
        return pipeline_.counters().limited[static_cast<std::size_t>(punt_class)].value();
    }
    [[nodiscard]] std::uint64_t drops(pipeline::DropReason reason) const {
        return pipeline_.counters().dropped(reason);
    }

    fib::ImmediateReclaimer reclaimer_;
    fib::ForwardingTable table_{reclaimer_, 1};
    pipeline::Settings settings_;
    pipeline::SharedSettings shared_{reclaimer_};
    pipeline::Pipeline pipeline_{table_, shared_, 0};
    pipeline::Output output_;
    TimePoint now_{std::chrono::seconds(100)};

private:
    std::deque<Frame> frames_;
    std::deque<packet::Packet> packets_;
};

}  // namespace torii::test
