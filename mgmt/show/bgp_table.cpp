#include "mgmt/show/bgp.h"
#include "mgmt/show/text.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

namespace torii::show {
namespace {

namespace json = boost::json;

constexpr std::size_t kNetworkWidth = 17;
constexpr std::size_t kNextHopWidth = 16;

bool is_local(const ipc::BgpPath& path) {
    return path.peer_address().empty();
}

std::string next_hop_of(const ipc::BgpTableEntry& entry, const ipc::BgpPath& path) {
    if (!path.next_hop().empty()) return path.next_hop();
    return is_ipv6(entry.prefix()) ? "::" : "0.0.0.0";
}

// A route of our own has the metric 0 that it is announced with.
std::string metric_of(const ipc::BgpPath& path) {
    if (path.has_med()) return std::to_string(path.med());
    return is_local(path) ? "0" : "";
}

char origin_code(const ipc::BgpPath& path) {
    if (path.origin() == "IGP") return 'i';
    return path.origin() == "EGP" ? 'e' : '?';
}

std::string status_codes(const ipc::BgpPath& path) {
    std::string codes;
    codes += path.filtered()     ? 'f'
             : path.stale()      ? 'S'
             : path.suppressed() ? 's'
             : path.valid()      ? '*'
                                 : ' ';
    codes += path.best() ? '>' : path.multipath() ? '=' : ' ';
    codes += path.internal() ? 'i' : ' ';
    return codes;
}

// A cell that is too long for its column puts the next ones on a line of their own.
std::string cell(const std::string& text, std::size_t width, std::size_t next_column) {
    if (text.size() < width) return fmt::format("{:<{}}", text, width);
    return fmt::format("{}\n{}", text, std::string(next_column, ' '));
}

// That it came with (RFC 7911). What we originate has numbers of our own. 0: none.
std::uint32_t received_path_id(const ipc::BgpPath& path) {
    return is_local(path) ? 0 : path.path_id();
}

// That it is sent with, or came with.
std::uint32_t path_id(const ipc::BgpPath& path) {
    return path.sent_path_id() != 0 ? path.sent_path_id() : received_path_id(path);
}

std::string row(const ipc::BgpTableEntry& entry, const ipc::BgpPath& path, bool first,
                bool with_ids) {
    return fmt::format(
        "{}{}{}{:>10}{:>7}{:>7} {}{}{}{}\n", status_codes(path),
        cell(first ? entry.prefix() : "", kNetworkWidth, 3 + kNetworkWidth),
        cell(next_hop_of(entry, path), kNextHopWidth, 3 + kNetworkWidth + kNextHopWidth),
        metric_of(path), path.has_local_preference() ? std::to_string(path.local_preference()) : "",
        path.weight(), with_ids ? fmt::format("{:>10} ", path_id(path)) : "", path.as_path(),
        path.as_path().empty() ? "" : " ", origin_code(path));
}

template <class Property>
bool any_path(const ipc::BgpTable& table, const Property& property) {
    return std::ranges::any_of(table.entries(), [&](const ipc::BgpTableEntry& entry) {
        return std::ranges::any_of(entry.paths(), property);
    });
}

std::string heading(const ipc::BgpTable& table, bool with_ids) {
    return fmt::format(
        "BGP table version is {}, local router ID is {}, vrf id 0\n"
        "Default local pref 100, local AS {}\n"
        "Status codes:  s suppressed, d damped, h history, * valid, > best, = multipath,\n"
        "               i internal, r RIB-failure, S Stale, R Removed\n"
        "{}"
        "Nexthop codes: @NNN nexthop's vrf id, < announce-nh-self\n"
        "Origin codes:  i - IGP, e - EGP, ? - incomplete\n"
        "RPKI validation codes: V valid, I invalid, N Not found\n"
        "\n"
        "{}"
        "   Network          Next Hop            Metric LocPrf Weight {}Path\n",
        table.table_version(), table.router_id(), table.local_as(),
        any_path(table, &ipc::BgpPath::filtered) ? "               f filtered\n" : "",
        table.originating_default().empty()
            ? ""
            : fmt::format("Originating default network {}\n\n", table.originating_default()),
        with_ids ? "   Path ID " : "");
}

// "Origin IGP, metric 0, weight 32768, valid, sourced, local, best (First path received)"
std::string properties(const ipc::BgpPath& path) {
    std::vector<std::string> words{"Origin " + path.origin()};
    if (!metric_of(path).empty()) words.push_back("metric " + metric_of(path));
    if (path.has_local_preference()) {
        words.push_back(fmt::format("localpref {}", path.local_preference()));
    }
    if (path.weight() != 0) words.push_back(fmt::format("weight {}", path.weight()));
    words.emplace_back(path.valid() ? "valid" : "invalid");
    if (is_local(path)) {
        words.emplace_back(path.aggregated() ? "aggregated, local" : "sourced, local");
    } else {
        words.emplace_back(path.internal() ? "internal" : "external");
    }
    if (path.atomic_aggregate()) words.emplace_back("atomic-aggregate");
    if (path.has_only_to_customer()) {
        words.push_back(fmt::format("otc {}", path.only_to_customer()));
    }
    if (path.multipath()) words.emplace_back("multipath");
    if (path.best()) {
        words.push_back(path.best_reason().empty() ? "best"
                                                   : fmt::format("best ({})", path.best_reason()));
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string path_block(const ipc::BgpTable& table, const ipc::BgpTableEntry& entry,
                       const ipc::BgpPath& path, std::int64_t now) {
    std::string out = "  " + (path.as_path().empty() ? "Local" : path.as_path());
    if (!path.aggregator().empty()) out += fmt::format(", (aggregated by {})", path.aggregator());
    if (path.stale()) out += ", (stale)";
    const std::string own = next_hop_of(entry, path);
    out += fmt::format("\n    {} from {} ({})\n", own, is_local(path) ? own : path.peer_address(),
                       is_local(path) ? table.router_id() : path.peer_router_id());
    out += fmt::format("      {}\n", properties(path));
    if (path.communities_size() != 0) {
        out += fmt::format("      Community: {}\n", fmt::join(path.communities(), " "));
    }
    if (path.extended_communities_size() != 0) {
        out += fmt::format("      Extended Community: {}\n",
                           fmt::join(path.extended_communities(), " "));
    }
    if (path.large_communities_size() != 0) {
        out += fmt::format("      Large Community: {}\n", fmt::join(path.large_communities(), " "));
    }
    if (const auto id = received_path_id(path); id != 0) {
        out += fmt::format("      AddPath ID: RX {}\n", id);
    }
    return out + fmt::format("      Last update: {}\n",
                             date_text(now - static_cast<std::int64_t>(path.age_seconds())));
}

std::string entry_block(const ipc::BgpTable& table, const ipc::BgpTableEntry& entry,
                        std::int64_t now) {
    std::string best = "no best path";
    for (int index = 0; index < entry.paths_size(); ++index) {
        if (entry.paths(index).best()) best = fmt::format("best #{}", index + 1);
    }
    const bool suppressed = std::ranges::any_of(entry.paths(), &ipc::BgpPath::suppressed);
    std::string out = fmt::format(
        "BGP routing table entry for {}, version {}\n"
        "Paths: ({} available, {}, table default{})\n",
        entry.prefix(), table.table_version(), entry.paths_size(), best,
        suppressed ? ", Advertisements suppressed by an aggregate." : "");
    if (entry.advertised_to_size() == 0) {
        out += "  Not advertised to any peer\n";
    } else {
        out += fmt::format("  Advertised to non peer-group peers:\n  {}\n",
                           fmt::join(entry.advertised_to(), " "));
    }
    for (const auto& path : entry.paths()) out += path_block(table, entry, path, now);
    return out;
}

// "65000 10.0.0.1"
void put_aggregator(const ipc::BgpPath& path, json::object& out) {
    const auto space = path.aggregator().find(' ');
    if (space == std::string::npos) return;
    out["aggregatorAs"] = std::strtoul(path.aggregator().c_str(), nullptr, 10);
    out["aggregatorId"] = path.aggregator().substr(space + 1);
}

json::object path_json(const ipc::BgpTableEntry& entry, const ipc::BgpPath& path) {
    json::object out{{"valid", path.valid()}};
    if (path.best()) {
        out["bestpath"] = true;
        out["selectionReason"] = path.best_reason();
    } else if (path.multipath()) {
        out["multipath"] = true;
    }
    if (path.stale()) out["stale"] = true;
    if (path.suppressed()) out["suppressed"] = true;
    if (path.filtered()) out["filtered"] = true;
    const auto slash = entry.prefix().find('/');
    out["pathFrom"] = path.internal() ? "internal" : "external";
    out["prefix"] = entry.prefix().substr(0, slash);
    out["network"] = entry.prefix();
    if (!metric_of(path).empty()) out["metric"] = path.med();
    if (path.has_local_preference()) out["locPrf"] = path.local_preference();
    out["weight"] = path.weight();
    out["peerId"] = is_local(path) ? "(unspec)" : path.peer_address();
    out["path"] = path.as_path();
    out["origin"] = path.origin();
    if (path.has_only_to_customer()) out["otc"] = path.only_to_customer();
    if (path.aggregated()) out["aggregated"] = true;
    if (path.atomic_aggregate()) out["atomicAggregate"] = true;
    put_aggregator(path, out);
    if (const auto id = received_path_id(path); id != 0) out["addpathRxId"] = id;
    if (path.sent_path_id() != 0) out["addpathTxId"] = path.sent_path_id();
    out["nexthops"] = json::array{json::object{{"ip", next_hop_of(entry, path)},
                                               {"afi", is_ipv6(entry.prefix()) ? "ipv6" : "ipv4"},
                                               {"used", path.valid()}}};
    return out;
}

}  // namespace

std::string BgpTableText::portion(const ipc::BgpTable& table) {
    std::string out;
    if (!begun_ && (table.entries_size() != 0 || !table.originating_default().empty())) {
        begun_ = true;
        with_ids_ = any_path(table, path_id);
        out = heading(table, with_ids_);
    }
    for (const auto& entry : table.entries()) {
        bool first = true;
        for (const auto& path : entry.paths()) {
            out += row(entry, path, first, with_ids_);
            first = false;
            ++paths_;
        }
        ++routes_;
    }
    return out;
}

std::string BgpTableText::end() const {
    if (!begun_) return "No BGP prefixes displayed, 0 exist\n";
    return fmt::format("\nDisplayed  {} routes and {} total paths\n", routes_, paths_);
}

std::string bgp_route(const ipc::BgpTable& table, std::int64_t now) {
    if (table.entries_size() == 0) return "% Network not in table\n";
    std::string out;
    for (const auto& entry : table.entries()) out += entry_block(table, entry, now);
    return out;
}

std::string BgpTableJson::portion(const ipc::BgpTable& table) {
    std::string out;
    if (!begun_) {
        begun_ = true;
        json::object head{{"vrfId", 0},
                          {"vrfName", "default"},
                          {"tableVersion", table.table_version()},
                          {"routerId", table.router_id()},
                          {"defaultLocPrf", 100},
                          {"localAS", table.local_as()}};
        if (!table.originating_default().empty()) {
            head["bgpOriginatingDefaultNetwork"] = table.originating_default();
        }
        out = object_.begin(head, "routes");
    }
    for (const auto& entry : table.entries()) {
        json::array paths;
        for (const auto& path : entry.paths()) paths.push_back(path_json(entry, path));
        out += object_.add(entry.prefix(), paths);
    }
    return out;
}

}  // namespace torii::show
