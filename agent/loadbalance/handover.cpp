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
};

std::set<std::string> of_family(const std::set<IpAddress>& all, IpFamily family) {
    std::set<std::string> texts;
    for (const IpAddress& address : all) {
        if (address.family() == family) texts.insert(address.to_string());
    }
    return texts;
}

// Where connections that are new here, but not new, go.
std::vector<std::string> ways(const Handover& wanted, IpFamily family) {
    if (wanted.draining) return {"drop"};
    std::vector<std::string> rules;
    for (const std::string& node : of_family(wanted.draining_nodes, family)) {
        rules.push_back("dup to " + node);
    }
    if (!rules.empty()) rules.emplace_back("drop");
    return rules;
}

std::string family_text(const Handover& wanted, const Words& words) {
    const std::string table = fmt::format("{} {}", words.table, kHandoverTable);
    // One that is not there cannot be deleted.
    std::string text = fmt::format("add table {}\ndelete table {}\n", table, table);
    const std::vector<std::string> rules = ways(wanted, words.family);
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

std::set<IpAddress> neighbors(const std::set<IpAddress>& nodes,
                              const std::vector<InterfaceAddress>& own) {
    std::set<IpAddress> found;
    for (const IpAddress& node : nodes) {
        const bool near = std::ranges::any_of(own, [&](const InterfaceAddress& address) {
            return address.address != node && address.network().contains(node);
        });
        if (near) found.insert(node);
    }
    return found;
}

std::string handover_text(const Handover& wanted) {
    return family_text(wanted, {IpFamily::v4, "ip", "ipv4_addr"}) +
           family_text(wanted, {IpFamily::v6, "ip6", "ipv6_addr"});
}

}  // namespace torii::loadbalance
