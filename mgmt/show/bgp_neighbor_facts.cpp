#include "mgmt/show/bgp_neighbor_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace torii::show {
namespace {

constexpr std::uint64_t kMillisecondsPerMinute = 60000;

class Facts {
public:
    void add(std::string line, boost::json::object values) {
        facts_.push_back({std::move(line), std::move(values)});
    }
    // "name": "text", and the text as a line.
    void say(const char* name, const std::string& text) {
        add(fmt::format("  {}\n", text), {{name, text}});
    }
    [[nodiscard]] std::vector<NeighborFact> take() { return std::move(facts_); }

private:
    std::vector<NeighborFact> facts_;
};

void add_policies(const ipc::BgpPrefixCounts& counts, Facts& facts) {
    if (counts.import_policy_missing()) {
        facts.say("inboundEbgpRequiresPolicy", "Inbound updates discarded due to missing policy");
    }
    if (counts.export_policy_missing()) {
        facts.say("outboundEbgpRequiresPolicy", "Outbound updates discarded due to missing policy");
    }
    const auto chain = [&](const char* name, const char* direction, const auto& policies) {
        if (policies.empty()) return;
        const std::string names = fmt::format("{}", fmt::join(policies, " "));
        facts.add(fmt::format("  Route map for {} advertisements is {}\n", direction, names),
                  {{name, names}});
    };
    chain("routeMapForIncomingAdvertisements", "incoming", counts.import_policies());
    chain("routeMapForOutgoingAdvertisements", "outgoing", counts.export_policies());
    if (counts.unsuppress_policies().empty()) return;
    const std::string names = fmt::format("{}", fmt::join(counts.unsuppress_policies(), " "));
    facts.add(fmt::format("  Route map for selective unsuppress is {}\n", names),
              {{"selectiveUnsuppressRouteMap", names}});
}

void add_default(const ipc::BgpPrefixCounts& counts, Facts& facts) {
    if (!counts.default_originate()) return;
    std::string line = "  Default information originate,";
    boost::json::object values{{counts.default_sent() ? "defaultSent" : "defaultNotSent", true}};
    if (!counts.default_policies().empty()) {
        const std::string names = fmt::format("{}", fmt::join(counts.default_policies(), " "));
        line += fmt::format(" default route-map {},", names);
        values["defaultRouteMap"] = names;
    }
    line += counts.default_sent() ? " default sent\n" : " default not sent\n";
    facts.add(std::move(line), std::move(values));
}

void add_limit(const ipc::BgpNeighborState& neighbor, Facts& facts) {
    if (neighbor.maximum_prefixes() == 0) return;
    boost::json::object most{{"prefixAllowedMax", neighbor.maximum_prefixes()}};
    std::string line = fmt::format("  Maximum prefixes allowed {}", neighbor.maximum_prefixes());
    if (neighbor.maximum_prefixes_warning_only()) {
        most["prefixAllowedMaxWarning"] = true;
        line += " (warning-only)";
    }
    if (neighbor.maximum_prefixes_force()) {
        most["prefixAllowedMaxForce"] = true;
        line += " (force)";
    }
    facts.add(line + '\n', std::move(most));

    boost::json::object when{{"prefixAllowedWarningThresh", neighbor.maximum_prefixes_threshold()}};
    line =
        fmt::format("  Threshold for warning message {}%", neighbor.maximum_prefixes_threshold());
    if (neighbor.maximum_prefixes_restart() != 0) {
        when["prefixAllowedRestartIntervalMsecs"] =
            neighbor.maximum_prefixes_restart() * kMillisecondsPerMinute;
        line += fmt::format(", restart interval {} min", neighbor.maximum_prefixes_restart());
    }
    facts.add(line + '\n', std::move(when));
    if (neighbor.maximum_prefixes_exceeded()) {
        facts.add("  Maximum prefixes exceeded: held down until cleared or restarted\n",
                  {{"prefixAllowedMaxExceeded", true}});
    }
}

void add_roles(const ipc::BgpNeighborState& neighbor, Facts& facts) {
    const ipc::BgpCapabilities& sent = neighbor.capabilities_sent();
    const ipc::BgpCapabilities& received = neighbor.capabilities_received();
    if (!sent.has_role() && !received.has_role()) return;
    const auto or_none = [](const ipc::BgpCapabilities& of) {
        return of.has_role() ? of.role() : std::string("undefined");
    };
    const bool strict = neighbor.local_role_strict();
    boost::json::object local{{"localRole", or_none(sent)}};
    if (strict) local["localRoleStrict"] = true;
    facts.add(fmt::format("  Local Role: {}{}\n", or_none(sent), strict ? " (strict)" : ""),
              std::move(local));
    facts.add(fmt::format("  Remote Role: {}\n", or_none(received)),
              {{"remoteRole", or_none(received)}});
}

}  // namespace

std::vector<NeighborFact> session_facts(const ipc::BgpNeighborState& neighbor) {
    Facts facts;
    add_roles(neighbor, facts);
    if (neighbor.external() && neighbor.any_first_as()) {
        facts.add("  The first AS of its paths is not enforced\n", {{"enforceFirstAs", false}});
    }
    return facts.take();
}

std::vector<NeighborFact> family_facts(const ipc::BgpNeighborState& neighbor,
                                       const ipc::BgpPrefixCounts& counts) {
    Facts facts;
    if (!neighbor.peer_group().empty()) {
        facts.add(fmt::format("  {} peer-group member\n", neighbor.peer_group()),
                  {{"peerGroupMember", neighbor.peer_group()}});
    }
    if (!neighbor.sent_communities().empty()) {
        facts.add(fmt::format("  Community attribute sent to this neighbor({})\n",
                              neighbor.sent_communities()),
                  {{"commAttriSentToNbr", neighbor.sent_communities()}});
    }
    add_default(counts, facts);
    add_policies(counts, facts);
    facts.add(fmt::format("  {} accepted prefixes, {} received, {} sent\n", counts.accepted(),
                          counts.received(), counts.sent()),
              {{"acceptedPrefixCounter", counts.accepted()},
               {"receivedPrefixCounter", counts.received()},
               {"sentPrefixCounter", counts.sent()}});
    add_limit(neighbor, facts);
    return facts.take();
}

}  // namespace torii::show
