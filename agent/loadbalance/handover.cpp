#include "agent/loadbalance/handover.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace torii::loadbalance {
namespace {

struct Words {
    IpFamily family;
    std::string_view table;    // of nft(8)
    std::string_view address;  // a type of nft(8)
    std::string_view hops;     // a packet may still go
};

std::set<std::string> of_family(const std::set<IpAddress>& all, IpFamily family) {
    std::set<std::string> texts;
    for (const IpAddress& address : all) {
        if (address.family() == family) texts.insert(address.to_string());
    }
    return texts;
}

// Where connections that are new here, but not new, go.
std::vector<std::string> ways(const Handover& wanted, const Words& words) {
    if (wanted.leaving) return {"drop"};
    const std::set<std::string> nodes = of_family(wanted.nodes, words.family);
    if (nodes.empty() && !wanted.asked) return {};
    std::vector<std::string> rules{fmt::format("{} <= {} drop", words.hops, kCopyHops)};
    if (nodes.empty()) return rules;
    // `dup` takes one off.
    rules.push_back(fmt::format("{} set {}", words.hops, kCopyHops + 1));
    for (const std::string& node : nodes) rules.push_back("dup to " + node);
    rules.emplace_back("drop");
    return rules;
}

std::string family_text(const Handover& wanted, const Words& words) {
    const std::string table = fmt::format("{} {}", words.table, kHandoverTable);
    // One that is not there cannot be deleted.
    std::string text = fmt::format("add table {}\ndelete table {}\n", table, table);
    const std::vector<std::string> rules = ways(wanted, words);
    const std::set<std::string> addresses = of_family(wanted.addresses, words.family);
    if (rules.empty() || addresses.empty()) return text;
    text += fmt::format("add table {}\n", table);
    text += fmt::format("add set {} addresses {{ type {}; }}\n", table, words.address);
    text += fmt::format("add element {} addresses {{ {} }}\n", table, fmt::join(addresses, ", "));
    text += fmt::format("add chain {} unknown\n", table);
    for (const std::string& rule : rules)
        text += fmt::format("add rule {} unknown {}\n", table, rule);
    // After connection tracking, before addresses are translated.
    text += fmt::format(
        "add chain {} prerouting {{ type filter hook prerouting priority -150; }}\n", table);
    text += fmt::format(
        "add rule {} prerouting {} daddr @addresses ct state new tcp flags & syn == 0 "
        "goto unknown\n",
        table, words.table);
    return text;
}

}  // namespace

Handover handover_of(const model::Snapshot& snapshot, const std::string& node) {
    using State = model::Absence::State;
    Handover wanted;
    const auto own = snapshot.absences.find(model::Absence::key(node));
    const State state = own == snapshot.absences.end() ? State::none : own->second.state;
    if (state == State::leaving) {
        wanted.leaving = true;
        return wanted;
    }
    for (const auto& [key, absence] : snapshot.absences) {
        if (absence.metadata.name == node) continue;
        wanted.asked = wanted.asked || absence.state == State::back;
        if (absence.state != State::leaving) continue;
        wanted.nodes.insert(absence.addresses.begin(), absence.addresses.end());
    }
    if (state != State::back) return wanted;
    for (const std::string& name : snapshot.node_names()) {
        if (name == node) continue;
        const auto other = snapshot.node(name);
        wanted.nodes.insert(other->internal_addresses.begin(), other->internal_addresses.end());
    }
    return wanted;
}

std::set<IpAddress> neighbors(const std::set<IpAddress>& nodes,
                              const std::vector<InterfaceAddress>& own) {
    std::set<IpAddress> found;
    for (const IpAddress& node : nodes) {
        const bool near = std::ranges::any_of(own, [&](const InterfaceAddress& address) {
            return address.address != node && address.network().contains(node);
        });
        if (near) found.insert(node);
    }
    return found.size() <= kCopiesMax ? found : std::set<IpAddress>();
}

std::string handover_text(const Handover& wanted) {
    return family_text(wanted, {IpFamily::v4, "ip", "ipv4_addr", "ip ttl"}) +
           family_text(wanted, {IpFamily::v6, "ip6", "ipv6_addr", "ip6 hoplimit"});
}

}  // namespace torii::loadbalance
