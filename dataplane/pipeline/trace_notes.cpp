#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv6.h"
#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/trace.h"

#include <array>
#include <string>
#include <string_view>

// What is told of packets that are traced: the only place where the pipeline makes texts.
namespace torii::pipeline {
namespace {

constexpr std::array<std::string_view, 5> kKinds{"gateway", "attached", "local", "discard",
                                                 "reject"};

// A name for people; without one the number.
std::string name_of(const Settings& settings, PortId port) {
    if (port >= kMaxPorts) return "no port";
    const std::string& name = settings.ports[port].name;
    return name.empty() ? "port " + std::to_string(port) : name;
}

std::string addresses_of(const std::uint8_t* header) {
    const packet::Ipv4View ip4(header);
    if (ip4.version() == 4) {
        return fmt::format("{} -> {}, protocol {}, TTL {}, {} octets", IpAddress::v4(ip4.source()),
                           IpAddress::v4(ip4.destination()), ip4.protocol(), ip4.ttl(),
                           ip4.total_length());
    }
    const packet::Ipv6View ip6(header);
    std::array<std::uint8_t, 16> source{};
    std::array<std::uint8_t, 16> destination{};
    std::copy_n(ip6.source(), 16, source.begin());
    std::copy_n(ip6.destination(), 16, destination.begin());
    return fmt::format("{} -> {}, next header {}, hop limit {}", IpAddress::v6(source),
                       IpAddress::v6(destination), ip6.next_header(), ip6.hop_limit());
}

std::string_view action_text(AccessAction action) {
    switch (action) {
        case AccessAction::accept: return "accept";
        case AccessAction::reject: return "reject";
        case AccessAction::discard: break;
    }
    return "discard";
}

}  // namespace

template <class... Args>
void Pipeline::Burst::note(std::size_t index, const char* stage, fmt::format_string<Args...> text,
                           Args&&... args) {
    const std::uint32_t number = tracing->numbers[index];
    if (number == 0) return;
    tracing->trace.write(pipeline.worker_, number, stage, text, std::forward<Args>(args)...);
}

// Whether any of the burst is to be traced.
bool Pipeline::Burst::note_received(Tracing& chosen) {
    bool any = false;
    for (std::size_t index = 0; index < packets.size(); ++index) {
        chosen.numbers[index] = chosen.trace.take(packets[index]);
        any = any || chosen.numbers[index] != 0;
    }
    if (!any) return false;
    tracing = &chosen;
    const std::string name = name_of(settings, packets[0].in_port);
    for (std::size_t index = 0; index < packets.size(); ++index) {
        const bool held = (packets[index].flags & packet::kHeld) != 0;
        note(index, "rx", "{}, {} octets{}", name, packets[index].length,
             held ? ", again after it was held" : "");
    }
    return true;
}

void Pipeline::Burst::note_ethernet(std::size_t index) {
    const std::uint8_t* frame = packets[index].data;
    note(index, "ethernet", "{} -> {}, type 0x{:04x}", packet::source_mac(frame).to_string(),
         packet::destination_mac(frame).to_string(), packet::ether_type(frame));
}

void Pipeline::Burst::note_ip(std::size_t index) {
    note(index, "ip", "{}", addresses_of(ip_header(index)));
}

void Pipeline::Burst::note_access(std::size_t index, const AccessList& list, std::uint32_t found,
                                  AccessAction action, bool input) {
    const std::string rule =
        found == 0 ? "no rule" : fmt::format("rule {}", list.rules()[found - 1].sequence);
    note(index, input ? "acl in" : "acl out", "{}: {}: {}", list.name(), rule, action_text(action));
}

void Pipeline::Burst::note_source(std::size_t index, bool valid) {
    note(index, "source", "{}", valid ? "may come from here" : "cannot come from here");
}

void Pipeline::Burst::note_route(std::size_t index, const fib::GroupTable& group,
                                 std::uint32_t hash, const fib::Member& member) {
    const std::string_view kind = kKinds[static_cast<std::size_t>(member.kind)];
    const std::string way = member.adjacency != &fib::kNowhere
                                ? member.adjacency->address().to_string()
                                : std::string();
    note(index, "route", "hash {:08x}, bucket {} of {}, {} members: {} {} {}", hash,
         hash & group.mask, group.mask + 1, group.members.size(), kind, way,
         member.port == kNoPort ? "" : name_of(settings, member.port));
}

void Pipeline::Burst::note_sent(std::size_t index) {
    const Packet& packet = packets[index];
    note(index, "tx", "{}, {} -> {}, {} octets{}", name_of(settings, packet.out_port),
         packet::source_mac(packet.data).to_string(),
         packet::destination_mac(packet.data).to_string(), packet.length,
         packet.verdict == Verdict::fragment ? ", in fragments" : "");
}

void Pipeline::Burst::note_verdict(std::size_t index) {
    const Packet& packet = packets[index];
    if (packet.verdict == Verdict::drop) {
        const DropReasonRow& row = drop_reason_row(static_cast<DropReason>(packet.detail));
        note(index, "drop", "{}: {}", row.name, row.text);
    } else if (packet.verdict == Verdict::punt) {
        const PuntClassRow& row = punt_class_row(static_cast<PuntClass>(packet.detail));
        note(index, "punt", "{}: {}, to the kernel", row.name, row.text);
    } else if (packet.verdict == Verdict::hold) {
        const Hold& hold = output.holds[output.held - 1U];
        note(index, "hold", "waits for the MAC address of {} on {}", hold.address,
             name_of(settings, hold.port));
    }
}

void Pipeline::Burst::note_answer(std::size_t index, std::string_view why_not) {
    if (why_not.empty()) {
        note(index, "icmp", "the sender is told");
    } else {
        note(index, "icmp", "the sender is not told: {}", why_not);
    }
}

}  // namespace torii::pipeline
