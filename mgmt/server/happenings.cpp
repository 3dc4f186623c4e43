#include "mgmt/server/happenings.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <utility>

namespace torii::mgmt {
namespace {

namespace json = boost::json;

const char* kind_name(CommitEvent::Kind kind) {
    switch (kind) {
        case CommitEvent::Kind::waiting: return "waiting";
        case CommitEvent::Kind::confirmed: return "confirmed";
        case CommitEvent::Kind::undone: return "undone";
        default: return "committed";
    }
}

}  // namespace

rpc::Event commit_done(const CommitEvent& event, std::int64_t now) {
    json::object body{{"kind", kind_name(event.kind)},
                      {"id", std::to_string(event.version)},
                      {"user", event.author.user},
                      {"through", event.author.through},
                      {"changes", std::to_string(event.differences.size())}};
    if (event.author.session != 0) body["session-id"] = std::to_string(event.author.session);
    if (!event.comment.empty()) body["comment"] = event.comment;
    if (!event.reason.empty()) body["reason"] = event.reason;
    if (event.within.count() != 0) body["confirm-within"] = std::to_string(event.within.count());
    std::string line = fmt::format("%COMMIT: commit {} {} by {} ({}), {} changes", event.version,
                                   kind_name(event.kind), event.author.user, event.author.through,
                                   event.differences.size());
    for (const std::string& more : {event.comment, event.reason}) {
        if (!more.empty()) line += ": " + more;
    }
    return {now, json::serialize(json::object{{"torii-system:commit-done", std::move(body)}}),
            std::move(line)};
}

// FRR's line, that scripts look for.
rpc::Event neighbor_change(const ipc::BgpNeighborChanged& change, std::int64_t now) {
    json::object body{{"address", change.address()},
                      {"remote-as", change.remote_as()},
                      {"session", change.up() ? "established" : "down"}};
    if (!change.host_name().empty()) body["host-name"] = change.host_name();
    if (!change.reason().empty()) body["reason"] = change.reason();
    std::string line = fmt::format(
        "%ADJCHANGE: neighbor {}({}) in vrf default {}", change.address(),
        change.host_name().empty() ? "Unknown" : change.host_name(), change.up() ? "Up" : "Down");
    if (!change.reason().empty()) line += " " + change.reason();
    return {now,
            json::serialize(json::object{{"torii-bgp-state:neighbor-change", std::move(body)}}),
            std::move(line)};
}

rpc::Event link_change(const std::string& interface, bool up, std::int64_t now) {
    const char* status = up ? "up" : "down";
    json::object body{{"interface", interface}, {"oper-status", status}};
    return {now, json::serialize(json::object{{"torii-interfaces:link-change", std::move(body)}}),
            fmt::format("%LINK: interface {} is {}", interface, status)};
}

rpc::Event route_table_full(const std::string& reason, std::int64_t now) {
    json::object body{{"reason", reason}};
    return {now,
            json::serialize(json::object{{"torii-forwarding:route-table-full", std::move(body)}}),
            fmt::format("%FIB: {}", reason)};
}

rpc::Event alarm_change(const std::string& source, const Alarm& alarm, bool raised,
                        std::int64_t now) {
    json::object body{{"source", source},
                      {"raised", raised},
                      {"severity", severity_name(alarm.severity)},
                      {"text", alarm.text}};
    return {now, json::serialize(json::object{{"torii-system:alarm-change", std::move(body)}}),
            fmt::format("%ALARM: {} {} ({}): {}", source, raised ? "raised" : "cleared",
                        severity_name(alarm.severity), alarm.text)};
}

}  // namespace torii::mgmt
