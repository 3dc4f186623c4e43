#include "mgmt/rpc/monitoring.h"

#include "mgmt/rpc/hello.h"
#include "mgmt/rpc/netconf_session.h"
#include "platform/base/ip_address.h"
#include "platform/base/utc.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <string>

namespace torii::rpc {
namespace {

namespace json = boost::json;

// zero-based-counter32 of RFC 6991 begins anew after 2^32 - 1.
std::uint32_t counter(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

json::object datastore(const char* name, const std::optional<LockInfo>& lock) {
    json::object out{{"name", name}};
    if (lock) {
        out["locks"] =
            json::object{{"global-lock", json::object{{"locked-by-session", counter(lock->session)},
                                                      {"locked-time", utc_text(lock->since)}}}};
    }
    return out;
}

json::array schemas(const yang::Schema& schema) {
    json::array out;
    for (const yang::ModuleInfo& module : schema.modules()) {
        out.push_back(json::object{{"identifier", module.name},
                                   {"version", module.revision},
                                   {"format", "ietf-netconf-monitoring:yang"},
                                   {"namespace", module.space},
                                   {"location", json::array{"NETCONF"}}});
    }
    return out;
}

json::object counters(const Statistics& statistics) {
    return {{"in-rpcs", counter(statistics.in_rpcs)},
            {"in-bad-rpcs", counter(statistics.in_bad_rpcs)},
            {"out-rpc-errors", counter(statistics.out_rpc_errors)},
            {"out-notifications", counter(statistics.out_notifications)}};
}

}  // namespace

json::object netconf_state(NetconfSession& session) {
    Backend& backend = session.backend();
    json::array capability_list;
    for (const std::string& capability : capabilities(backend.schema())) {
        capability_list.emplace_back(capability);
    }
    json::array sessions;
    for (const SessionInfo& one : backend.sessions()) {
        if (one.through != "netconf") continue;
        json::object entry{{"session-id", counter(one.id)},
                           {"transport", "ietf-netconf-monitoring:netconf-ssh"},
                           {"username", one.user},
                           {"login-time", utc_text(one.since)}};
        if (IpAddress::parse(one.from)) entry["source-host"] = one.from;
        for (auto& [name, value] : counters(one.statistics)) entry[name] = value;
        sessions.push_back(std::move(entry));
    }
    json::object statistics = counters(session.totals());
    statistics["netconf-start-time"] = utc_text(session.totals().since);
    statistics["in-sessions"] = counter(session.totals().in_sessions);
    statistics["in-bad-hellos"] = counter(session.totals().in_bad_hellos);
    statistics["dropped-sessions"] = counter(session.totals().dropped_sessions);
    const auto lock = backend.lock_holder();
    json::object state{
        {"capabilities", json::object{{"capability", std::move(capability_list)}}},
        {"datastores", json::object{{"datastore", json::array{datastore("running", lock),
                                                              datastore("candidate", lock)}}}},
        {"schemas", json::object{{"schema", schemas(backend.schema())}}},
        {"statistics", std::move(statistics)}};
    if (!sessions.empty()) state["sessions"] = json::object{{"session", std::move(sessions)}};
    const json::object stream{{"name", "NETCONF"},
                              {"description", "All events."},
                              {"replaySupport", true},
                              {"replayLogCreationTime", utc_text(backend.events().since())}};
    return {{"ietf-netconf-monitoring:netconf-state", std::move(state)},
            {"nc-notifications:netconf",
             json::object{{"streams", json::object{{"stream", json::array{stream}}}}}}};
}

}  // namespace torii::rpc
