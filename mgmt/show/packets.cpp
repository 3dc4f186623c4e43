#include "mgmt/show/packets.h"

#include "mgmt/show/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>
#include <vector>

namespace torii::show {
namespace {

constexpr std::pair<std::uint32_t, std::string_view> kProtocols[] = {
    {1, "icmp"},    {6, "tcp"},   {17, "udp"},   {47, "gre"},  {50, "esp"},
    {58, "icmpv6"}, {89, "ospf"}, {112, "vrrp"}, {132, "sctp"}};
constexpr std::string_view kTcpFlags[] = {"fin", "syn", "rst", "psh", "ack", "urg"};

std::string_view action_of(const ipc::AccessRule& rule) {
    switch (rule.action()) {
        case ipc::ACCESS_ACCEPT: return "accept";
        case ipc::ACCESS_REJECT: return "reject";
        default: return "discard";
    }
}

std::string protocol_of(const ipc::AccessRule& rule) {
    if (!rule.has_protocol()) return "any";
    for (const auto& [number, name] : kProtocols) {
        if (number == rule.protocol()) return std::string(name);
    }
    return std::to_string(rule.protocol());
}

std::string ports_of(const ipc::AccessPorts& ports) {
    if (ports.first() == ports.last()) return std::to_string(ports.first());
    return fmt::format("{}-{}", ports.first(), ports.last());
}

std::string tcp_flags_of(const ipc::AccessRule& rule) {
    std::vector<std::string> flags;
    for (std::uint32_t bit = 0; bit < std::size(kTcpFlags); ++bit) {
        if ((rule.tcp_flags_set() >> bit & 1U) != 0) flags.emplace_back(kTcpFlags[bit]);
        if ((rule.tcp_flags_clear() >> bit & 1U) != 0) {
            flags.push_back("!" + std::string(kTcpFlags[bit]));
        }
    }
    return fmt::format("{}", fmt::join(flags, ","));
}

// What else is asked for.
std::string upper_layer_of(const ipc::AccessRule& rule) {
    std::vector<std::string> parts;
    if (rule.has_source_ports()) parts.push_back("from " + ports_of(rule.source_ports()));
    if (rule.has_destination_ports()) parts.push_back("to " + ports_of(rule.destination_ports()));
    if (rule.has_icmp_type()) parts.push_back("type " + std::to_string(rule.icmp_type()));
    if (auto flags = tcp_flags_of(rule); !flags.empty()) parts.push_back(std::move(flags));
    return fmt::format("{}", fmt::join(parts, " "));
}

// A time of packets in the box; "-" when none was sent.
std::string microseconds(const ipc::Latency& of, std::uint64_t nanoseconds) {
    if (of.samples() == 0) return "-";
    return fmt::format("{:.1f}", static_cast<double>(nanoseconds) / 1000);
}

std::string any_or(const std::string& prefix) {
    return prefix.empty() ? "any" : prefix;
}

}  // namespace

std::string access_lists(const ipc::AccessLists& lists) {
    std::string out;
    for (const auto& list : lists.lists()) {
        out += fmt::format("{}Access list {}\n", out.empty() ? "" : "\n", list.name());
        if (list.in_size() > 0) out += fmt::format("  in on {}\n", fmt::join(list.in(), ", "));
        if (list.out_size() > 0) out += fmt::format("  out on {}\n", fmt::join(list.out(), ", "));
        Table table({"Rule", "Action", "Packets", "Source", "Destination", "Protocol", "Of it"});
        for (const auto& one : list.rules()) {
            const ipc::AccessRule& rule = one.rule();
            table.add({std::to_string(rule.sequence()), std::string(action_of(rule)),
                       std::to_string(one.packets()), any_or(rule.source()),
                       any_or(rule.destination()), protocol_of(rule), upper_layer_of(rule)});
        }
        table.add({"none", "discard", std::to_string(list.unmatched())});
        out += table.text();
    }
    return out.empty() ? "No access list is configured.\n" : out;
}

std::string workers(const ipc::Workers& workers) {
    Table table({"Worker", "CPU", "Received", "Forwarded", "Punted", "Dropped", "Latency p50",
                 "p99", "max us", "Receives from"});
    for (const auto& one : workers.workers()) {
        table.add({std::to_string(one.worker()), std::to_string(one.cpu()),
                   std::to_string(one.received_packets()), std::to_string(one.forwarded_packets()),
                   std::to_string(one.punted_packets()), std::to_string(one.dropped_packets()),
                   microseconds(one.latency(), one.latency().median()),
                   microseconds(one.latency(), one.latency().percentile_99()),
                   microseconds(one.latency(), one.latency().max()),
                   fmt::format("{}", fmt::join(one.ports(), ", "))});
    }
    return table.text();
}

std::string trace(const ipc::Trace& trace) {
    std::string out;
    for (const auto& packet : trace.packets()) {
        out += fmt::format("Packet {}, worker {}\n", packet.number(), packet.worker());
        for (const auto& step : packet.steps()) {
            out += fmt::format("  {:<12} {}\n", step.stage(), step.text());
        }
    }
    if (trace.lost() > 0)
        out += fmt::format("{} steps more than there is room for.\n", trace.lost());
    if (trace.running()) {
        out += fmt::format("{} of {} packets have come; the trace goes on.\n", trace.packets_size(),
                           trace.wanted());
    } else if (trace.wanted() == 0) {
        out += "No trace was started: trace [count NUMBER] [FILTER]\n";
    }
    return out;
}

std::string capture(const ipc::CaptureStatus& capture) {
    if (capture.file().empty()) return "No capture was started: capture PORT [FILTER]\n";
    std::string out = fmt::format("Capture {}: {} of {} packets, {} bytes\n  {}\n",
                                  capture.running() ? "runs" : capture.ended(), capture.packets(),
                                  capture.wanted(), capture.bytes(), capture.file());
    if (capture.lost() > 0) {
        out += fmt::format("  {} packets lost: they came faster than they can be written\n",
                           capture.lost());
    }
    return out;
}

}  // namespace torii::show
