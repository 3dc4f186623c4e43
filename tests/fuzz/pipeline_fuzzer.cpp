// One frame into a router of three ports. The first two octets choose settings and repairs that let
// more frames past the first checks. What must hold of every frame is checked here; sanitizers see
// reads past its end, for each has a buffer of its own.
#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/ipv4_fragment.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/pipeline/pipeline.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

using namespace torii;
using namespace torii::pipeline;

namespace {

constexpr std::size_t kEthernet = packet::kEthernetSize;
constexpr std::uint16_t kMtus[] = {1500, 1500, 68};

void require(bool holds) {
    if (!holds) std::abort();
}

MacAddress mac(PortId port, std::uint8_t of_host) {
    return {{2, 0, 0, 0, of_host, static_cast<std::uint8_t>(port + 1)}};
}

// The network of tests/interop/packets/plan.py.
class Router {
public:
    Router() {
        fib::FibTransaction all;
        const auto group = [&](std::uint32_t id, std::vector<fib::GroupMember> members) {
            all.groups.push_back({id, std::move(members)});
        };
        const auto route = [&](const std::string& prefix, std::uint32_t id) {
            all.routes.push_back({Prefix::parse(prefix).value(), id});
        };
        all.next_hops = {{1, fib::NextHopKind::local, {}, "", kNoPort},
                         {2, fib::NextHopKind::discard, {}, "", kNoPort}};
        group(1, {{1, 1}});
        group(2, {{2, 1}});
        route("10.25.0.0/16", 2);
        route("2001:db8:25::/48", 2);
        for (PortId port = 0; port < 3; ++port) {
            const std::string number = std::to_string(port + 1);
            const std::string own[] = {"10.1." + number + ".1", "fd00:" + number + "::1"};
            const std::string host[] = {"10.1." + number + ".2", "fd00:" + number + "::2"};
            PortSettings& settings = settings_.ports[port];
            settings.enabled = true;
            settings.mac = mac(port, 0);
            table_.set_port(port, settings.mac, kMtus[port]);
            const std::uint32_t id = 10U * (port + 1U);
            all.next_hops.push_back({id, fib::NextHopKind::attached, {}, "eth" + number, port});
            group(id, {{id, 1}});
            for (std::uint32_t family = 0; family < 2; ++family) {
                const std::string length = family == 0 ? "/24" : "/64";
                const auto address = InterfaceAddress::parse(own[family] + length).value();
                settings.addresses.push_back(address);
                all.routes.push_back({address.network(), id});
                all.routes.push_back({Prefix::host(address.address), 1});
                const std::uint32_t via = id + 1 + family;
                const IpAddress neighbor = IpAddress::parse(host[family]).value();
                all.next_hops.push_back(
                    {via, fib::NextHopKind::gateway, neighbor, "eth" + number, port});
                group(via, {{via, 1}});
                table_.set_neighbor(port, neighbor, mac(port, 1));
            }
            route("10.2" + number + ".0.0/16", id + 1);
            route("2001:db8:2" + number + "::/48", id + 2);
        }
        group(100, {{21, 1}, {31, 1}});
        group(101, {{22, 1}, {32, 1}});
        route("10.24.0.0/16", 100);
        route("2001:db8:24::/48", 101);
        require(table_.apply(all).has_value());
    }

    void configure(std::uint8_t choice) {
        for (PortSettings& port : settings_.ports) {
            port.repair_checksums = (choice & 1U) != 0;
            port.source_validation = static_cast<SourceValidation>((choice >> 1U & 3U) % 3U);
        }
        constexpr fib::HashMode kModes[]{fib::HashMode::l4, fib::HashMode::l3, fib::HashMode::inner,
                                         fib::HashMode::inner};
        settings_.hashing.mode = kModes[choice >> 3U & 3U];
        settings_.hashing.symmetric = (choice & 32U) != 0;
        shared_.publish(settings_);
    }

    // The frame is changed as the verdict says.
    packet::Packet process(std::uint8_t* frame, std::size_t size, std::uint8_t flags) {
        packet::Packet packet;
        packet.data = frame;
        packet.length = static_cast<std::uint32_t>(size);
        packet.in_port = 0;
        packet.flags = flags;
        now_ += std::chrono::seconds(1);  // every allowance is there again
        pipeline_.process(std::span(&packet, 1), now_, output_);
        return packet;
    }

    [[nodiscard]] const Output& output() const { return output_; }
    [[nodiscard]] const PortSettings& port() const { return settings_.ports[0]; }

private:
    fib::ImmediateReclaimer reclaimer_;
    fib::ForwardingTable table_{reclaimer_, 1};
    Settings settings_;
    SharedSettings shared_{reclaimer_};
    Pipeline pipeline_{table_, shared_, 0};
    Output output_;
    TimePoint now_{std::chrono::seconds(100)};
};

void check_header(const std::uint8_t* ip) {
    if (ip[0] >> 4U == 4) require(packet::Ipv4View(ip).checksum_good());
}

void check_fragments(const packet::Packet& packet, std::size_t mtu) {
    packet::Ipv4Fragmenter fragmenter(Bytes(packet.data, packet.length).subspan(kEthernet), mtu);
    const auto out = std::make_unique<std::uint8_t[]>(mtu);
    for (int count = 0; !fragmenter.done(); ++count) {
        const std::size_t size = fragmenter.next(out.get());
        require(size > packet::kIpv4Size && size <= mtu && count < 256);
        check_header(out.get());
    }
}

void check(const Router& router, const packet::Packet& packet, Bytes before) {
    const Output& output = router.output();
    require(output.forwarded + output.cut + output.punted + output.dropped + output.held == 1);
    if (packet.verdict == Verdict::forward || packet.verdict == Verdict::fragment) {
        require(packet.out_port < 3 && packet.length <= before.size());
        check_header(packet.data + kEthernet);
        const std::size_t octets = packet.length - kEthernet;
        require((packet.verdict == Verdict::forward) == (octets <= kMtus[packet.out_port]));
        if (output.cut == 1) check_fragments(packet, output.oversize[0].mtu);
        return;
    }
    require(packet.length == before.size());
    if (!router.port().repair_checksums)
        require(std::ranges::equal(before, Bytes(packet.data, packet.length)));
    if (output.answered == 1) {
        const auto out = std::make_unique<std::uint8_t[]>(kIcmpErrorFrameMax);
        const std::span<std::uint8_t> room(out.get(), kIcmpErrorFrameMax);
        require(write_icmp_error(packet, output.answers[0].error, router.port(), room) > kEthernet);
        check_header(out.get() + kEthernet);
    }
}

bool has_good_checksum(Bytes frame) {
    if (frame.size() < kEthernet + packet::kIpv4Size) return false;
    const packet::Ipv4View ip(frame.data() + kEthernet);
    return ip.header_length() >= packet::kIpv4Size &&
           kEthernet + ip.header_length() <= frame.size() && ip.checksum_good();
}

// So that mutations of the header are not all refused for its checksum.
void repair(std::span<std::uint8_t> frame, std::uint8_t choice) {
    if ((choice & 1U) != 0 && frame.size() >= kEthernet) {
        std::ranges::copy(mac(0, 0).octets, frame.begin());
        packet::store16(frame.data() + 12,
                        (choice & 2U) != 0 ? packet::kEtherIpv6 : packet::kEtherIpv4);
    }
    if ((choice & 4U) == 0 || frame.size() < kEthernet + packet::kIpv4Size) return;
    std::uint8_t* ip = frame.data() + kEthernet;
    const std::size_t size = packet::Ipv4View(ip).header_length();
    if (size < packet::kIpv4Size || kEthernet + size > frame.size()) return;
    packet::store16(ip + 10, 0);
    packet::store16(ip + 10, packet::internet_checksum(Bytes(ip, size)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Router router;
    if (size < 2) return 0;
    router.configure(data[0]);
    const std::size_t octets = size - 2;
    const auto sent = std::make_unique<std::uint8_t[]>(octets);
    std::copy_n(data + 2, octets, sent.get());
    repair(std::span(sent.get(), octets), data[1]);
    const Bytes before(sent.get(), octets);
    const auto first = std::make_unique<std::uint8_t[]>(octets);
    std::ranges::copy(before, first.get());
    const packet::Packet slow = router.process(first.get(), octets, 0);
    check(router, slow, before);
    if (!has_good_checksum(before)) return 0;
    // The short way of those whose checksum the device has verified comes to the same.
    const auto second = std::make_unique<std::uint8_t[]>(octets);
    std::ranges::copy(before, second.get());
    const packet::Packet fast = router.process(second.get(), octets, packet::kIpChecksumGood);
    check(router, fast, before);
    require(fast.verdict == slow.verdict && fast.length == slow.length);
    require(fast.verdict != Verdict::forward || fast.out_port == slow.out_port);
    // Timestamps of options differ.
    require(before[kEthernet] != 0x45 ||
            std::ranges::equal(Bytes(first.get(), octets), Bytes(second.get(), octets)));
    return 0;
}
