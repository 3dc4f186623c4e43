#include "mgmt/show/health.h"

#include "mgmt/show/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace torii::show {
namespace {

// Of what was there before: the networks around the router change meanwhile, too.
constexpr std::uint64_t kRoutesPercent = 90;
// With fewer free buffers packets are lost.
constexpr std::uint64_t kFreeBuffersPercent = 5;

// What is wrong, or how well it is.
struct Finding {
    std::vector<std::string> faults;
    std::string fine;
};

Finding look_at_daemons(const HealthFacts& facts) {
    Finding out;
    std::vector<std::string> names;
    for (const DaemonFacts& daemon : facts.daemons) {
        if (!daemon.process) continue;
        names.push_back("torii-" + daemon.name);
        if (!daemon.connected) out.faults.push_back(names.back() + " does not run");
    }
    out.fine = fmt::format("{} run", fmt::join(names, ", "));
    return out;
}

Finding look_at_configuration(const HealthFacts& facts) {
    Finding out{{}, fmt::format("commit {} is in force", facts.version)};
    for (const DaemonFacts& daemon : facts.daemons) {
        if (!daemon.connected || !daemon.version) continue;
        if (!daemon.error.empty()) {
            out.faults.push_back(fmt::format("{}: {}", daemon.name, daemon.error));
        } else if (*daemon.version != facts.version) {
            out.faults.push_back(
                fmt::format("{} has not taken commit {} yet", daemon.name, facts.version));
        }
    }
    return out;
}

Finding look_at_cards(const HealthFacts& facts) {
    Finding out;
    unsigned used = 0;
    for (const ipc::PortConfig& port : facts.config->ports()) {
        if (port.pci().empty()) continue;
        ++used;
        if (!facts.platform) continue;  // whoever bound them
        const auto card = std::ranges::find_if(facts.platform->cards(), [&](const auto& one) {
            return one.address().ends_with(port.pci());
        });
        const bool taken = card != facts.platform->cards().end() && card->taken();
        if (!taken) {
            out.faults.push_back(
                fmt::format("{}: the packet engine does not have {}", port.name(), port.pci()));
        }
    }
    out.fine = fmt::format("{} in use", used);
    return out;
}

// A link that is down is a fault only where it was up: it may be that nothing is plugged in.
Finding look_at_ports(const HealthFacts& facts) {
    Finding out;
    if (!facts.ports) return {{"the packet engine does not answer"}, ""};
    std::set<std::string> up;
    std::set<std::string> present;
    for (const ipc::PortStatus& port : facts.ports->ports()) {
        present.insert(port.name());
        if (port.link_up()) up.insert(port.name());
    }
    std::set<std::string> configured;
    for (const ipc::PortConfig& port : facts.config->ports()) {
        configured.insert(port.name());
        if (!present.contains(port.name())) out.faults.push_back(port.name() + " does not exist");
    }
    if (facts.expected) {
        for (const std::string& name : facts.expected->ports()) {
            if (!present.contains(name) || up.contains(name)) continue;
            out.faults.push_back(name + ": its link is not up again");
        }
    }
    out.fine = fmt::format("{} as configured, {} with a link", configured.size(), up.size());
    return out;
}

Finding look_at_buffers(const HealthFacts& facts) {
    if (!facts.dataplane) return {{"the packet engine does not answer"}, ""};
    const std::uint64_t all = facts.dataplane->buffers();
    const std::uint64_t used = facts.dataplane->buffers_in_use();
    if (all == 0) return {{"the packet engine has none yet"}, ""};
    Finding out{{}, fmt::format("{} of {} in use", used, all)};
    if ((all - std::min(all, used)) * 100 < all * kFreeBuffersPercent) {
        out.faults.push_back(out.fine);
    }
    return out;
}

Finding look_at_forwarding(const HealthFacts& facts) {
    if (!facts.controlplane) return {{"the control plane does not answer"}, ""};
    if (!facts.controlplane->dataplane_connected()) {
        return {{"the control plane does not reach the packet engine"}, ""};
    }
    const std::uint64_t routes = facts.controlplane->bgp_routes();
    Finding out{{}, fmt::format("{} routes of BGP", routes)};
    if (!facts.expected) return out;
    const std::uint64_t before = facts.expected->bgp_routes();
    if (routes * 100 < before * kRoutesPercent) {
        out.faults.push_back(fmt::format("{} routes of BGP, there were {}", routes, before));
    }
    return out;
}

std::set<std::string> established(const HealthFacts& facts) {
    std::set<std::string> out;
    if (!facts.neighbors) return out;
    for (const ipc::BgpNeighborState& neighbor : facts.neighbors->neighbors()) {
        if (neighbor.state() == "Established") out.insert(neighbor.address());
    }
    return out;
}

Finding look_at_neighbors(const HealthFacts& facts) {
    const std::set<std::string> up = established(facts);
    Finding out{{}, fmt::format("{} established", up.size())};
    if (!facts.expected) return out;
    for (const std::string& address : facts.expected->neighbors()) {
        if (!up.contains(address)) out.faults.push_back(address + " is not there again");
    }
    return out;
}

Finding look_at_alarms(const HealthFacts& facts) {
    return {facts.alarms, "none that is major"};
}

}  // namespace

ipc::Health judge(const HealthFacts& facts) {
    ipc::Health health;
    health.set_good(true);
    const auto add = [&](const char* name, const Finding& finding) {
        ipc::HealthCheck& check = *health.add_checks();
        check.set_name(name);
        check.set_good(finding.faults.empty());
        check.set_text(check.good() ? finding.fine
                                    : fmt::format("{}", fmt::join(finding.faults, "; ")));
        if (!check.good()) health.set_good(false);
    };
    add("daemons", look_at_daemons(facts));
    add("configuration", look_at_configuration(facts));
    add("cards", look_at_cards(facts));
    add("ports", look_at_ports(facts));
    add("buffers", look_at_buffers(facts));
    add("forwarding", look_at_forwarding(facts));
    add("neighbors", look_at_neighbors(facts));
    add("alarms", look_at_alarms(facts));
    return health;
}

ipc::HealthExpectation expectation(const HealthFacts& facts) {
    ipc::HealthExpectation out;
    for (const std::string& address : established(facts)) out.add_neighbors(address);
    if (facts.ports) {
        for (const ipc::PortStatus& port : facts.ports->ports()) {
            if (port.link_up()) out.add_ports(port.name());
        }
    }
    if (facts.controlplane) out.set_bgp_routes(facts.controlplane->bgp_routes());
    return out;
}

std::string health(const ipc::Health& health) {
    Table table({"Check", "Verdict", "Text"});
    for (const ipc::HealthCheck& check : health.checks()) {
        table.add({check.name(), check.good() ? "good" : "BAD", check.text()});
    }
    return fmt::format("{}\nThe router is {}.\n", table.text(),
                       health.good() ? "well" : "not well");
}

}  // namespace torii::show
