#pragma once

#include "dataplane/fib/group_table.h"
#include "dataplane/packet/ethernet.h"
#include "dataplane/pipeline/pipeline.h"
#include "dataplane/pipeline/trace.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// How the stages work together; nothing outside this folder includes it.
namespace torii::pipeline {

// The packets of a burst that go on to the next stage, by index.
class Selection {
public:
    void add(std::size_t index) { indices_[count_++] = static_cast<std::uint8_t>(index); }
    [[nodiscard]] std::span<const std::uint8_t> indices() const {
        return std::span(indices_).first(count_);
    }

private:
    std::array<std::uint8_t, kBurst> indices_;
    std::size_t count_ = 0;
};

struct Plain;

// Which packets of a burst are traced, by index: their numbers; 0: they are not.
struct Tracing {
    Trace& trace;
    std::array<std::uint32_t, kBurst> numbers{};
};

// One burst on its way through the stages, each of which gives a packet its verdict or passes it
// on:
//
//   ethernet_input -> ipv4_input -> validate_sources -> forward -> a verdict for every packet
//                  -> ipv6_input /
struct Pipeline::Burst {
    Pipeline& pipeline;
    const Settings& settings;
    const PortSettings& port;  // that the packets came in on
    std::span<Packet> packets;
    TimePoint now;
    Output& output;
    std::uint32_t group_frames = 0;  // bit by index: the frame was broadcast or multicast
    Tracing* tracing = nullptr;      // there are packets that are traced

    // Drops what the access list of the port refuses, and keeps the others in `packets`.
    void filter_input();
    // Forwards what needs no closer look; the others go through the stages.
    void forward_plain(Selection& others);
    void run_stages(const Selection& received);
    // Destination MAC address and EtherType.
    void ethernet_input(const Selection& received, Selection& ipv4, Selection& ipv6);
    // Header, addresses; what is for every host of the link leaves here for the kernel.
    void ipv4_input(const Selection& received, Selection& accepted);
    void ipv6_input(const Selection& received, Selection& accepted);
    // Whether they come from where they can.
    template <class Ip>
    void validate_sources(const Selection& accepted, Selection& valid);
    // Route, member of the group, neighbor and rewrite.
    template <class Ip>
    void forward(const Selection& accepted);

    // Verdicts.
    void drop(std::size_t index, DropReason reason);
    void drop_and_answer(std::size_t index, DropReason reason, const IcmpError& error);
    void refuse(std::size_t index, DropReason reason, AccessAction action);
    void punt(std::size_t index, PuntClass punt_class);
    void hold(std::size_t index, PortId out_port, const IpAddress& neighbor);
    // Whether one more of its class may be handed over; counts it either way.
    [[nodiscard]] bool allow(std::size_t index, PuntClass punt_class);

    // What is told of packets that are traced (trace_notes.cpp): only when `tracing` is set.
    [[nodiscard]] bool note_received(Tracing& chosen);
    void note_ethernet(std::size_t index);
    void note_ip(std::size_t index);
    void note_access(std::size_t index, const AccessList& list, std::uint32_t found,
                     AccessAction action, bool input);
    void note_source(std::size_t index, bool valid);
    void note_route(std::size_t index, const fib::GroupTable& group, std::uint32_t hash,
                    const fib::Member& member);
    void note_sent(std::size_t index);
    void note_verdict(std::size_t index);
    void note_answer(std::size_t index, std::string_view why_not);

    [[nodiscard]] bool in_group_frame(std::size_t index) const {
        return (group_frames >> index & 1U) != 0;
    }
    [[nodiscard]] std::uint8_t* ip_header(std::size_t index) const {
        return packets[index].data + packet::kEthernetSize;
    }
    // Octets from the IP header on, with padding.
    [[nodiscard]] std::size_t ip_octets(std::size_t index) const {
        return packets[index].length - packet::kEthernetSize;
    }

private:
    // What the route and the hash of a packet led to.
    struct Choice {
        std::uint32_t slot = 0;
        const fib::Member& member;
    };

    template <class... Args>
    void note(std::size_t index, const char* stage, fmt::format_string<Args...> text,
              Args&&... args);
    // The port that all of them leave by; kNoPort when there are several.
    template <class Ip>
    PortId forward_plain(Plain& work, bool verify_checksums, Selection& others);
    void filter_plain_output(Plain& work);
    void count_plain_output(const Plain& work);
    void count_plain_routes(const Plain& work) const;
    // Whether the access list of the port it would leave by lets it; drops it otherwise.
    [[nodiscard]] bool passes_output(std::size_t index, PortId out_port);
    [[nodiscard]] bool is_broadcast_source(std::size_t index) const;
    template <class Ip>
    void resolve(std::size_t index, std::uint32_t slot, const fib::GroupTable& group);
    // For the member, and for the route where that is counted for itself.
    template <class Ip>
    void count(std::size_t index, const Choice& choice) const;
    // Accepted packets of one family.
    template <class Ip>
    void route(const Selection& accepted);
    [[nodiscard]] bool comes_from(const fib::GroupTable& group) const;
    template <class Ip>
    [[nodiscard]] bool refuse_sources(Plain& work) const;
    template <class Ip>
    void deliver(std::size_t index);
    template <class Ip>
    void transit(std::size_t index, const Choice& choice);
    template <class Ip>
    void send(std::size_t index, const Choice& choice, const fib::Adjacency& adjacency);
    template <class Ip>
    void await_neighbor(std::size_t index, PortId out_port, const IpAddress& neighbor);
    [[nodiscard]] bool ipv4_options(std::size_t index);
    void ipv4_accept(std::size_t index, Selection& accepted);
    void ipv6_accept(std::size_t index, Selection& accepted);
};

// The class of an IPv4 or IPv6 packet whose header is valid; `otherwise` when its protocol has
// none.
[[nodiscard]] PuntClass classify_ipv4(const std::uint8_t* header, PuntClass otherwise);
[[nodiscard]] PuntClass classify_ipv6(const std::uint8_t* header, PuntClass otherwise);
// Of four octets at least.
[[nodiscard]] PuntClass classify_transport(std::uint8_t protocol, Bytes transport,
                                           PuntClass otherwise);

// Whether `address` is the broadcast address of a subnet of the port, or its all-zeros form
// (RFC 1812 section 5.3.5). Subnets of 31 bits and more have none (RFC 3021).
[[nodiscard]] bool is_broadcast_of(const PortSettings& port, std::uint32_t address);

}  // namespace torii::pipeline
