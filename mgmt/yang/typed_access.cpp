#include "mgmt/yang/typed_access.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

namespace torii::yang {
namespace {

// IANA "Assigned Internet Protocol Numbers".
constexpr std::pair<std::string_view, std::uint32_t> kProtocols[] = {
    {"icmp", 1},    {"tcp", 6},   {"udp", 17},   {"gre", 47},  {"esp", 50},
    {"icmpv6", 58}, {"ospf", 89}, {"vrrp", 112}, {"sctp", 132}};

// From the least significant bit of the header's octet (RFC 9293 section 3.1).
constexpr std::string_view kTcpFlags[] = {"fin", "syn", "rst", "psh", "ack", "urg"};

// The model says that it is one.
std::uint32_t to_number(std::string_view text) {
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::uint32_t protocol_number(std::string_view text) {
    const auto* const named =
        std::ranges::find(kProtocols, text, &std::pair<std::string_view, std::uint32_t>::first);
    return named != std::end(kProtocols) ? named->second : to_number(text);
}

void map_ports(std::string_view text, ipc::AccessPorts& out) {
    const std::size_t dash = text.find('-');
    out.set_first(to_number(text.substr(0, dash)));
    out.set_last(dash == text.npos ? out.first() : to_number(text.substr(dash + 1)));
}

void map_tcp_flags(std::string_view text, ipc::AccessRule& out) {
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        std::string_view flag = text.substr(0, comma);
        text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
        const bool clear = flag.starts_with('!');
        if (clear) flag.remove_prefix(1);
        const auto bit = 1U << (std::ranges::find(kTcpFlags, flag) - std::begin(kTcpFlags));
        if (clear) {
            out.set_tcp_flags_clear(out.tcp_flags_clear() | bit);
        } else {
            out.set_tcp_flags_set(out.tcp_flags_set() | bit);
        }
    }
}

ipc::AccessAction action(const std::optional<std::string>& text) {
    if (text == "accept") return ipc::ACCESS_ACCEPT;
    return text == "reject" ? ipc::ACCESS_REJECT : ipc::ACCESS_DISCARD;
}

void map_rule(const ConfigNode& rule, ipc::AccessRule& out) {
    out.set_sequence(*rule.number("sequence"));
    out.set_action(action(rule.text("action")));
    out.set_source(rule.text("source").value_or(""));
    out.set_destination(rule.text("destination").value_or(""));
    if (const auto protocol = rule.text("protocol")) out.set_protocol(protocol_number(*protocol));
    if (const auto ports = rule.text("source-port")) {
        map_ports(*ports, *out.mutable_source_ports());
    }
    if (const auto ports = rule.text("destination-port")) {
        map_ports(*ports, *out.mutable_destination_ports());
    }
    if (const auto type = rule.number("icmp-type")) out.set_icmp_type(*type);
    if (const auto flags = rule.text("tcp-flags")) map_tcp_flags(*flags, out);
}

}  // namespace

void map_access_lists(const ConfigNode& root, ipc::DataplaneConfig& out) {
    for (const ConfigNode& list : root.list("acl")) {
        ipc::AccessList& added = *out.add_access_lists();
        added.set_name(*list.text("name"));
        for (const ConfigNode& rule : list.list("rule")) map_rule(rule, *added.add_rules());
        std::ranges::sort(*added.mutable_rules(), {}, &ipc::AccessRule::sequence);
    }
}

}  // namespace torii::yang
