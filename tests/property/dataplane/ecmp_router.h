#pragma once

#include "dataplane/packet/ipv6.h"
#include "dataplane/packet/tcp_udp.h"
#include "dataplane/pipeline/pipeline.h"
#include "tests/unit/dataplane/support/frames.h"

#include <array>
#include <numeric>
#include <stdexcept>
#include <vector>

// A router with one group per family, of which only matters which flow takes which member.
namespace torii::test {

struct Flow {
    bool v6 = false;
    std::uint32_t source = 0;  // the last 32 bits
    std::uint32_t destination = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    bool back = false;  // in the other direction: of a network that destinations are in
};

inline Flow reversed(const Flow& flow) {
    return {flow.v6,          flow.destination, flow.source, flow.destination_port,
            flow.source_port, !flow.back};
}

// A member by the number of its gateway.
struct EcmpMember {
    std::uint16_t gateway = 0;
    std::uint32_t weight = 1;
};

inline std::vector<EcmpMember> members_of(std::uint16_t count) {
    std::vector<EcmpMember> members;
    for (std::uint16_t gateway = 1; gateway <= count; ++gateway) members.push_back({gateway, 1});
    return members;
}

class EcmpRouter {
public:
    // `worker` is the one of its two that forwards. Gateways of different tiers differ.
    EcmpRouter(const std::vector<EcmpMember>& members, std::uint32_t seed, std::uint8_t tier = 1,
               unsigned worker = 0)
        : tier_(tier), pipeline_(table_, shared_, worker) {
        settings_.hashing.seed = fib::HashSeed::make(seed);
        for (PortId port = 0; port < 2; ++port) {
            settings_.ports[port].enabled = true;
            settings_.ports[port].mac = port_mac(port);
            table_.set_port(port, port_mac(port), 1500);
        }
        shared_.publish(settings_);
        set_members(members);
        fib::FibTransaction transaction;
        transaction.routes = {{Prefix::parse("172.16.0.0/12").value(), kGroup4},
                              {Prefix::parse("192.128.0.0/9").value(), kGroup4},
                              {Prefix::parse("2001:db8::/32").value(), kGroup6}};
        apply(transaction);
    }

    void set_members(const std::vector<EcmpMember>& members) {
        fib::FibTransaction transaction;
        transaction.groups = {{kGroup4, {}}, {kGroup6, {}}};
        for (const EcmpMember& member : members) {
            for (const std::uint32_t family : {0U, 1U}) {
                const IpAddress gateway = gateway_of(family != 0, member.gateway);
                const std::uint32_t id = family * 100'000U + member.gateway;
                transaction.next_hops.push_back(
                    {id, fib::NextHopKind::gateway, gateway, "eth1", 1});
                transaction.groups[family].members.push_back({id, member.weight});
                table_.set_neighbor(
                    1, gateway,
                    MacAddress{{2, 0, 0, tier_, static_cast<std::uint8_t>(member.gateway >> 8U),
                                static_cast<std::uint8_t>(member.gateway)}});
            }
        }
        apply(transaction);
    }

    void set_mode(fib::HashMode mode) {
        settings_.hashing.mode = mode;
        shared_.publish(settings_);
    }

    void set_symmetric(bool symmetric) {
        settings_.hashing.symmetric = symmetric;
        shared_.publish(settings_);
    }
    void set_selection(fib::Selection selection) { table_.set_selection(selection); }

    // The gateway each flow takes.
    std::vector<std::uint16_t> gateways(const std::vector<Flow>& flows) {
        std::vector<std::uint16_t> gateways;
        for (std::size_t first = 0; first < flows.size(); first += kBurst) {
            forward(std::span(flows).subspan(first, std::min(kBurst, flows.size() - first)),
                    gateways);
        }
        return gateways;
    }

    // The share of the buckets that a gateway has.
    [[nodiscard]] double share(bool v6, std::uint16_t gateway) const {
        double own = 0;
        double all = 0;
        const auto status = table_.group_status(v6 ? kGroup6 : kGroup4);
        for (const auto& member : status.value().members) {
            all += member.buckets;
            if (member.next_hop.address == gateway_of(v6, gateway)) own = member.buckets;
        }
        return own / all;
    }

private:
    static constexpr std::uint32_t kGroup4 = 1;
    static constexpr std::uint32_t kGroup6 = 2;
    static constexpr std::size_t kSize = packet::kEthernetSize + packet::kIpv6Size + 8;

    [[nodiscard]] IpAddress gateway_of(bool v6, std::uint16_t gateway) const {
        if (!v6) return IpAddress::v4(0x0a000000U | std::uint32_t{tier_} << 16U | gateway);
        std::array<std::uint8_t, 16> octets{0xfd, 0, tier_};
        octets[14] = static_cast<std::uint8_t>(gateway >> 8U);
        octets[15] = static_cast<std::uint8_t>(gateway);
        return IpAddress::v6(octets);
    }

    void apply(const fib::FibTransaction& transaction) {
        if (const auto done = table_.apply(transaction); !done) {
            throw std::runtime_error(done.error().message);
        }
    }

    static void write(const Flow& flow, std::uint8_t* frame) {
        std::uint8_t* header = frame + packet::kEthernetSize;
        const auto type = flow.v6 ? packet::kEtherIpv6 : packet::kEtherIpv4;
        packet::write_ethernet(frame, port_mac(0), kHostMac, type);
        if (flow.v6) {
            packet::Ipv6Fields ip{8,
                                  packet::kProtocolUdp,
                                  64,
                                  {0x20, 0x01, 0x0d, 0xb8, 1},
                                  {0x20, 0x01, 0x0d, 0xb8, 2}};
            if (flow.back) std::swap(ip.source, ip.destination);
            packet::store32(ip.source.data() + 12, flow.source);
            packet::store32(ip.destination.data() + 12, flow.destination);
            packet::write_ipv6(header, ip);
            header += packet::kIpv6Size;
        } else {
            packet::Ipv4Fields ip;
            ip.total_length = 28;
            ip.protocol = packet::kProtocolUdp;
            ip.source = flow.back ? 0xac100000U | (flow.source & 0xfffffU)
                                  : 0xc0a80000U ^ (flow.source & 0x3fffffU);
            ip.destination = flow.back ? 0xc0a80000U ^ (flow.destination & 0x3fffffU)
                                       : 0xac100000U | (flow.destination & 0xfffffU);
            packet::write_ipv4(header, ip);
            header += packet::kIpv4Size;
        }
        packet::write_udp(header, flow.source_port, flow.destination_port, 8, 0);
    }

    void forward(std::span<const Flow> flows, std::vector<std::uint16_t>& gateways) {
        std::array<std::array<std::uint8_t, kSize>, kBurst> frames{};
        std::array<packet::Packet, kBurst> packets{};
        for (std::size_t index = 0; index < flows.size(); ++index) {
            write(flows[index], frames[index].data());
            packets[index].data = frames[index].data();
            packets[index].length = kSize;
            packets[index].in_port = 0;
            packets[index].flags = packet::kIpChecksumGood;
        }
        pipeline_.process(std::span(packets).first(flows.size()), TimePoint{}, output_);
        if (output_.forwarded != flows.size()) throw std::runtime_error("a packet is lost");
        for (std::size_t index = 0; index < flows.size(); ++index) {
            gateways.push_back(packet::load16(frames[index].data() + 4));
        }
    }

    std::uint8_t tier_;
    fib::ImmediateReclaimer reclaimer_;
    fib::ForwardingTable table_{reclaimer_, 2};
    pipeline::Settings settings_;
    pipeline::SharedSettings shared_{reclaimer_};
    pipeline::Pipeline pipeline_;
    pipeline::Output output_;
};

}  // namespace torii::test
