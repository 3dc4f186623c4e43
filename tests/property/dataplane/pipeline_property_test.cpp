#include "tests/unit/dataplane/support/naive_classifier.h"
#include "tests/unit/dataplane/support/test_router.h"

#include <rapidcheck/gtest.h>

#include <memory>
#include <numeric>

namespace torii::pipeline {
namespace {

using packet::kEthernetSize;
using test::Frame;
using test::Packing;

class PipelineProperty : public test::TestRouter {
protected:
    // A frame that something is wrong with, often: octets of a good one changed, cut or added.
    static Frame random_frame() {
        Packing packing;
        packing.protocol = *rc::gen::element<std::uint8_t>(0, 1, 6, 17, 43, 44, 51, 58, 60);
        packing.hops = *rc::gen::element<std::uint8_t>(0, 1, 2, 64);
        packing.payload = *rc::gen::arbitrary<Frame>();
        packing.to = *rc::gen::element(test::port_mac(0), test::kBroadcastMac);
        const bool v6 = *rc::gen::arbitrary<bool>();
        packing.source =
            v6 ? *rc::gen::element<std::string>("fd00::2", "fd00::2", "fe80::2", "::1", "ff02::9")
               : *rc::gen::element<std::string>("10.0.0.2", "10.0.0.2", "169.254.0.2", "127.0.0.1",
                                                "224.0.0.9", "0.0.0.0");
        packing.destination =
            v6 ? *rc::gen::element<std::string>("fd03::9", "fd00::1", "fd00:1::77", "ff02::1",
                                                "fe80::9", "::1")
               : *rc::gen::element<std::string>("172.16.0.9", "10.0.0.1", "10.0.1.77",
                                                "203.0.113.1", "224.0.0.5", "169.254.0.9",
                                                "127.0.0.1");
        Frame frame = v6 ? test::ipv6(packing) : test::ipv4(packing);
        const int changes = *rc::gen::weightedElement<int>({{3, 0}, {2, 1}, {1, 4}});
        for (int change = 0; change < changes; ++change) {
            const auto offset = *rc::gen::inRange<std::size_t>(0, frame.size());
            frame[offset] = *rc::gen::arbitrary<std::uint8_t>();
        }
        if (!v6 && *rc::gen::arbitrary<bool>() && (frame[kEthernetSize] & 0x0fU) * 4U <= 20) {
            test::fix_ipv4_checksum(frame);
        }
        const auto size = *rc::gen::weightedOneOf<std::size_t>(
            {{4, rc::gen::just(frame.size())},
             {1, rc::gen::inRange<std::size_t>(0, frame.size() + 30)}});
        frame.resize(size);
        return frame;
    }
    // One that needs no closer look.
    static Frame plain_frame() {
        Packing packing;
        packing.protocol = *rc::gen::element<std::uint8_t>(6, 17, 132, 136);
        packing.payload = Frame(*rc::gen::inRange<std::size_t>(4, 40));
        for (std::uint8_t& octet : packing.payload) octet = *rc::gen::arbitrary<std::uint8_t>();
        packing.to = test::port_mac(0);
        const bool v6 = *rc::gen::arbitrary<bool>();
        // Of this port's network, another's, or of none, for those who validate sources.
        const auto place =
            *rc::gen::noShrink(rc::gen::element<std::size_t>(0, 0, 0, 0, 0, 0, 1, 2));
        packing.source = std::array{v6 ? "fd00::2" : "10.0.0.2", v6 ? "fd00:1::2" : "10.0.1.2",
                                    v6 ? "fd77::2" : "10.77.0.2"}
                             .at(place);
        packing.destination = v6 ? "fd03::9" : "172.16.0.9";
        return v6 ? test::ipv6(packing) : test::ipv4(packing);
    }
    // One that carries another, perhaps not to its end.
    static Frame tunnel_frame() {
        const Frame inner = *rc::gen::arbitrary<bool>() ? plain_frame() : random_frame();
        Packing packing;
        packing.protocol = *rc::gen::element<std::uint8_t>(4, 17, 17, 41, 47, 47);
        if (packing.protocol == 17) {
            packing.payload = *rc::gen::arbitrary<bool>() ? test::vxlan(9, inner)
                                                          : test::geneve(9, 1, 0x6558, inner);
        } else if (packing.protocol == 47) {
            packing.payload = test::gre(0x2000, 0x6558, inner);
        } else if (inner.size() > kEthernetSize) {
            packing.payload = test::ip_of(inner);
        }
        if (*rc::gen::element(0, 1, 2, 3) == 0) {
            packing.payload.resize(*rc::gen::inRange<std::size_t>(0, packing.payload.size() + 1));
        }
        packing.to = test::port_mac(0);
        const bool v6 = *rc::gen::arbitrary<bool>();
        packing.source = v6 ? "fd00::2" : "10.0.0.2";
        packing.destination = v6 ? "fd03::9" : "172.16.0.9";
        return v6 ? test::ipv6(packing) : test::ipv4(packing);
    }
    // A plain one but for one field, from which on the stages treat it differently.
    static Frame odd_frame() {
        using Oddity = std::pair<std::size_t, Frame>;  // an offset from the IP header, and octets
        Frame frame = plain_frame();
        const bool v4 = frame[kEthernetSize] >> 4U == 4;
        static const std::vector<Oddity> kIpv4{
            {12, {169, 254}}, {16, {169, 254}}, {12, {127}}, {16, {127}},    {12, {0}},
            {16, {0}},        {12, {224}},      {16, {224}}, {16, {255}},    {2, {0, 20}},
            {2, {0, 23}},     {2, {0, 24}},     {2, {6, 0}}, {6, {0x20, 0}}, {6, {0, 1}},
            {8, {1}},         {9, {1}}};
        static const std::vector<Oddity> kIpv6{
            {8, {0xfe, 0x80}}, {24, {0xfe, 0x80}}, {24, {0xff, 2}}, {8, {0xff, 2}},
            {4, {0, 3}},       {4, {0, 4}},        {4, {6, 0}},     {7, {1}},
            {6, {44}},         {6, {58}},          {6, {0}},        {6, {59}}};
        const auto [offset, octets] = *rc::gen::noShrink(rc::gen::elementOf(v4 ? kIpv4 : kIpv6));
        std::ranges::copy(octets,
                          frame.begin() + static_cast<std::ptrdiff_t>(kEthernetSize + offset));
        if (v4) test::fix_ipv4_checksum(frame);
        return frame;
    }
    // A plain one but for one octet of its headers.
    static Frame nearly_plain_frame() {
        Frame frame = plain_frame();
        const bool v4 = frame[kEthernetSize] >> 4U == 4;
        const std::size_t headers = kEthernetSize + (v4 ? packet::kIpv4Size : packet::kIpv6Size);
        frame[*rc::gen::inRange<std::size_t>(0, headers)] =
            *rc::gen::oneOf(rc::gen::arbitrary<std::uint8_t>(),
                            rc::gen::element<std::uint8_t>(0, 1, 127, 169, 224, 254, 255));
        if (v4 && (frame[kEthernetSize] & 0x0fU) * 4U <= 20 && *rc::gen::arbitrary<bool>()) {
            test::fix_ipv4_checksum(frame);
        }
        return frame;
    }
    void TestBody() override {}

public:
    void gives_each_packet_one_verdict() {
        settings_.ports[0].repair_checksums = *rc::gen::arbitrary<bool>();
        publish();
        const auto count = *rc::gen::inRange<std::size_t>(1, kBurst + 1);
        std::vector<Frame> before;
        for (std::size_t index = 0; index < count; ++index) before.push_back(random_frame());
        // On the heap each, so that a sanitizer sees a read past the end.
        std::vector<std::unique_ptr<std::uint8_t[]>> buffers;
        std::vector<Packet> burst(count);
        for (std::size_t index = 0; index < count; ++index) {
            const Frame& frame = before[index];
            buffers.push_back(std::make_unique<std::uint8_t[]>(frame.size()));
            std::ranges::copy(frame, buffers[index].get());
            burst[index].data = buffers[index].get();
            burst[index].length = static_cast<std::uint32_t>(frame.size());
            burst[index].in_port = 0;
        }
        pipeline_.process(burst, now_, output_);
        RC_ASSERT(output_.forwarded + output_.cut + output_.punted + output_.dropped +
                      output_.held ==
                  static_cast<int>(count));
        for (std::size_t index = 0; index < count; ++index) {
            check(burst[index], before[index], settings_.ports[0].repair_checksums);
        }
        for (const IcmpAnswer& answer : std::span(output_.answers).first(output_.answered)) {
            const Packet& offending = burst[answer.index];
            RC_ASSERT(offending.verdict == Verdict::drop);
            Frame out(kIcmpErrorFrameMax);
            RC_ASSERT(write_icmp_error(offending, answer.error, settings_.ports[0], out) > 0U);
        }
        RC_ASSERT(pipeline_.counters().ports[0].received.value() == count);
        RC_ASSERT(sum(pipeline_.counters().drops[0]) == output_.dropped);
        RC_ASSERT(sum(pipeline_.counters().punts) ==
                  static_cast<std::uint64_t>(output_.punted + output_.held + output_.answered));
    }

    // Whether a burst may take the short way, and what the device has verified, makes no
    // difference: held packets always go through all stages.
    void forwards_alike_by_either_way() {
        settings_.hashing.mode =
            *rc::gen::element(fib::HashMode::l3, fib::HashMode::l4, fib::HashMode::inner);
        settings_.hashing.symmetric = *rc::gen::arbitrary<bool>();
        settings_.ports[0].source_validation = *rc::gen::element(
            SourceValidation::off, SourceValidation::loose, SourceValidation::strict);
        static const auto kList = test::naive_access_list(
            {{.sequence = 1, .action = AccessAction::reject, .protocol = std::uint8_t{17}},
             {.sequence = 2, .action = AccessAction::accept}});
        settings_.ports[1].acl_out = *rc::gen::arbitrary<bool>() ? kList : nullptr;
        publish();
        const auto count = *rc::gen::inRange<std::size_t>(1, kBurst + 1);
        const auto good = *rc::gen::element(0, 50, 95, 100);  // per cent with nothing wrong
        std::vector<Frame> frames;
        for (std::size_t index = 0; index < count; ++index) {
            const int kind = *rc::gen::noShrink(rc::gen::element(0, 1, 2, 3));
            frames.push_back(*rc::gen::noShrink(rc::gen::inRange(0, 100)) < good ? plain_frame()
                             : kind == 3                                         ? tunnel_frame()
                             : kind == 0                                         ? odd_frame()
                             : kind == 1 ? nearly_plain_frame()
                                         : random_frame());
        }
        std::array<std::vector<Frame>, 3> copies{frames, frames, frames};
        std::array<std::vector<Packet>, 3> bursts;
        for (std::size_t way = 0; way < copies.size(); ++way) bursts[way] = burst_of(copies[way]);
        auto& [verified, unverified, staged] = bursts;
        for (Packet& packet : verified) {
            const bool header = packet.length >= kEthernetSize + packet::kIpv4Size;
            if (header && good_checksum(packet)) packet.flags |= packet::kIpChecksumGood;
        }
        for (Packet& packet : staged) packet.flags |= packet::kHeld;
        for (auto& burst : bursts) {
            pipeline_.process(burst, now_, output_);
            for (const Packet& packet : burst) {
                if (output_.only_port == kNoPort) break;
                RC_ASSERT(packet.verdict == Verdict::forward);
                RC_ASSERT(packet.out_port == output_.only_port);
            }
        }
        for (std::size_t index = 0; index < count; ++index) {
            for (std::size_t way = 1; way < bursts.size(); ++way) {
                RC_ASSERT(bursts[0][index].verdict == bursts[way][index].verdict);
                RC_ASSERT(bursts[0][index].length == bursts[way][index].length);
                RC_ASSERT(copies[0][index] == copies[way][index]);
                if (bursts[0][index].verdict != Verdict::forward) continue;
                RC_ASSERT(bursts[0][index].out_port == bursts[way][index].out_port);
            }
        }
    }

private:
    static bool good_checksum(const Packet& packet) {
        const packet::Ipv4View ip(packet.data + kEthernetSize);
        return ip.header_length() >= packet::kIpv4Size &&
               ip.header_length() + kEthernetSize <= packet.length && ip.checksum_good();
    }
    static std::vector<Packet> burst_of(std::vector<Frame>& frames) {
        std::vector<Packet> burst(frames.size());
        for (std::size_t index = 0; index < frames.size(); ++index) {
            burst[index].data = frames[index].data();
            burst[index].length = static_cast<std::uint32_t>(frames[index].size());
            burst[index].in_port = 0;
        }
        return burst;
    }
    template <class Counters>
    static std::uint64_t sum(const Counters& counters) {
        return std::accumulate(
            counters.begin(), counters.end(), std::uint64_t{0},
            [](std::uint64_t total, const Counter& counter) { return total + counter.value(); });
    }
    static void check(const Packet& packet, const Frame& before, bool repaired) {
        RC_ASSERT(packet.verdict != Verdict::none);
        if (packet.verdict != Verdict::forward) {
            RC_ASSERT(packet.length == before.size());
            RC_ASSERT(repaired || std::equal(before.begin(), before.end(), packet.data));
            return;
        }
        RC_ASSERT(packet.out_port == 1 || packet.out_port == 2);
        RC_ASSERT(packet.length <= before.size());
        const std::uint8_t* header = packet.data + kEthernetSize;
        if (header[0] >> 4U == 4) {
            RC_ASSERT(packet::Ipv4View(header).checksum_good());
            RC_ASSERT(header[8] + 1 == before[kEthernetSize + 8]);
        } else {
            RC_ASSERT(header[7] + 1 == before[kEthernetSize + 7]);
        }
    }
};

RC_GTEST_PROP(Pipeline, GivesEachPacketOneVerdict, ()) {
    struct Case final : PipelineProperty {};
    Case{}.gives_each_packet_one_verdict();
}

RC_GTEST_PROP(Pipeline, ForwardsAlikeByEitherWay, ()) {
    struct Case final : PipelineProperty {};
    Case{}.forwards_alike_by_either_way();
}

}  // namespace
}  // namespace torii::pipeline
