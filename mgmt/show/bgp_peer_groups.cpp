#include "mgmt/show/bgp.h"
#include "mgmt/show/text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::show {
namespace {

namespace json = boost::json;

// What is known of one group.
class Group {
public:
    Group(const ipc::BgpConfig& bgp, const ipc::BgpPeerGroupConfig& group,
          const ipc::BgpNeighbors& neighbors)
        : bgp_(bgp), group_(group), session_(group.session()) {
        for (const ipc::BgpDynamicNeighborsConfig& range : bgp.dynamic_neighbors()) {
            if (range.peer_group() != group.name()) continue;
            ranges_[is_ipv6(range.prefix()) ? "IPv6" : "IPv4"].push_back(range.prefix());
        }
        for (const ipc::BgpNeighborState& neighbor : neighbors.neighbors()) {
            if (neighbor.peer_group() == group.name()) members_.push_back(&neighbor);
        }
    }

    [[nodiscard]] std::string text() const {
        std::string out = fmt::format("\nBGP peer-group {}{}\n", group_.name(), remote_as_text());
        out += fmt::format("  Peer-group type is {}\n  Configured address-families:", type());
        const auto named = families();
        for (const std::string& family : named) out += fmt::format(" {};", family);
        out += named.empty() ? " none\n" : "\n";
        for (const auto& [family, ranges] : ranges_) {
            out += fmt::format("  {} {} listen range(s)\n", ranges.size(), family);
            for (const std::string& range : ranges) out += fmt::format("    {}\n", range);
        }
        if (!members_.empty()) out += "  Peer-group members:\n";
        for (const ipc::BgpNeighborState* member : members_) {
            out += fmt::format("    {} {} {}\n", member->address(),
                               member->dynamic() ? "(dynamic)" : "", member->state());
        }
        return out;
    }

    [[nodiscard]] json::object data() const {
        json::object out;
        if (session_.has_remote_as_kind() || session_.has_remote_as()) {
            out["remoteAs"] = session_.remote_as();
        }
        out["type"] = type();
        const auto named = families();
        out["addressFamiliesConfigured"] = json::array(named.begin(), named.end());
        json::object dynamic;
        for (const auto& [family, ranges] : ranges_) {
            dynamic[family] = json::object{{"count", ranges.size()},
                                           {"ranges", json::array(ranges.begin(), ranges.end())}};
        }
        if (!dynamic.empty()) out["dynamicRanges"] = std::move(dynamic);
        json::object members;
        for (const ipc::BgpNeighborState* member : members_) {
            json::object one{{"status", member->state()}};
            if (member->dynamic()) one["dynamic"] = true;
            members[member->address()] = std::move(one);
        }
        if (!members.empty()) out["members"] = std::move(members);
        return out;
    }

private:
    // FRR says 0 for an AS that is not a number.
    [[nodiscard]] std::string remote_as_text() const {
        if (session_.has_remote_as()) return fmt::format(", remote AS {}", session_.remote_as());
        if (!session_.has_remote_as_kind()) return "";
        switch (session_.remote_as_kind()) {
            case ipc::REMOTE_AS_INTERNAL: return fmt::format(", remote AS {}", bgp_.as());
            case ipc::REMOTE_AS_ANY: return ", remote AS any";
            default: return ", remote AS external";
        }
    }
    [[nodiscard]] const char* type() const {
        const bool ours = session_.has_remote_as()
                              ? session_.remote_as() == bgp_.as()
                              : session_.has_remote_as_kind() &&
                                    session_.remote_as_kind() == ipc::REMOTE_AS_INTERNAL;
        return ours ? "internal" : "external";
    }
    // Those of the instance, IPv4 when it names none, unless the group turns them off.
    [[nodiscard]] std::vector<std::string> families() const {
        std::vector<std::string> out;
        for (const ipc::AddressFamily family : kFamilies) {
            const auto is_family = [family](const auto& one) { return one.family() == family; };
            const bool named = std::ranges::any_of(bgp_.families(), is_family);
            const auto own = std::ranges::find_if(session_.families(), is_family);
            const bool on = named || (bgp_.families().empty() && family == ipc::IPV4_UNICAST);
            const bool off =
                own != session_.families().end() && own->has_enabled() && !own->enabled();
            if (on && !off) out.push_back(family_title(family));
        }
        return out;
    }

    const ipc::BgpConfig& bgp_;
    const ipc::BgpPeerGroupConfig& group_;
    const ipc::BgpSessionConfig& session_;
    std::map<std::string, std::vector<std::string>> ranges_;
    std::vector<const ipc::BgpNeighborState*> members_;
};

template <class Use>
void each_group(const ipc::BgpConfig& bgp, const ipc::BgpNeighbors& neighbors,
                const std::string& name, const Use& use) {
    for (const ipc::BgpPeerGroupConfig& group : bgp.peer_groups()) {
        if (name.empty() || name == group.name()) use(Group(bgp, group, neighbors), group.name());
    }
}

}  // namespace

std::string bgp_peer_groups(const ipc::BgpConfig& bgp, const ipc::BgpNeighbors& neighbors,
                            const std::string& name) {
    std::string out;
    each_group(bgp, neighbors, name,
               [&](const Group& group, const std::string&) { out += group.text(); });
    return out;
}

json::value bgp_peer_groups_json(const ipc::BgpConfig& bgp, const ipc::BgpNeighbors& neighbors,
                                 const std::string& name) {
    json::object out;
    each_group(bgp, neighbors, name,
               [&](const Group& group, const std::string& key) { out[key] = group.data(); });
    return out;
}

}  // namespace torii::show
