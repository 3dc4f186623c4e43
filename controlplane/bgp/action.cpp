#include "controlplane/bgp/action.h"

#include "platform/base/overload.h"

#include <fmt/format.h>

#include <array>

namespace torii::bgp {

namespace {

std::string text_of(std::chrono::milliseconds delay) {
    if (delay.count() % 1000 == 0) return fmt::format("{}s", delay.count() / 1000);
    return fmt::format("{}ms", delay.count());
}

std::string text_of(FamilySet families) {
    std::string text;
    for (const Family family : kFamilies) {
        if (families.contains(family)) text += fmt::format(" {}", family_name(family));
    }
    return text;
}

std::string text_of(const RouteRefresh& refresh) {
    std::string text = "ROUTE-REFRESH ";
    text += refresh.family ? family_name(*refresh.family) : "unknown";
    if (refresh.subtype != kRefreshRequest) text += fmt::format(" subtype {}", refresh.subtype);
    return text;
}

std::string text_of(const Message& message) {
    return std::visit(Overload{[](const Open& open) {
                                   return fmt::format("OPEN as {} hold {}", open.as.value(),
                                                      open.hold_time.count());
                               },
                               [](const Update&) { return std::string("UPDATE"); },
                               [](const Notification& notification) {
                                   return fmt::format("NOTIFICATION {}", text(notification));
                               },
                               [](const Keepalive&) { return std::string("KEEPALIVE"); },
                               [](const RouteRefresh& refresh) { return text_of(refresh); }},
                      message);
}

std::string text_of(const Send& send) {
    const auto message = decode(send.bytes, UpdateContext{});
    return message ? text_of(*message) : std::string("malformed");
}

std::string text_of(const Update& update) {
    if (update.end_of_rib) return fmt::format("End-of-RIB {}", family_name(*update.end_of_rib));
    std::string text = "UPDATE";
    for (const Unreach& unreach : update.withdrawn) {
        for (const Prefix& prefix : unreach.prefixes) text += fmt::format(" -{}", prefix);
    }
    for (const Reach& reach : update.announced) {
        for (const Prefix& prefix : reach.prefixes) text += fmt::format(" +{}", prefix);
    }
    return text;
}

std::string text_of(const Negotiated& negotiated) {
    return fmt::format("with as {} hold {}{}", negotiated.remote_as.value(),
                       negotiated.hold_time.count(), text_of(negotiated.families));
}

}  // namespace

UpdateContext Negotiated::update_context() const {
    return {internal, four_octet_as,    extended_message, extended_next_hop,
            families, add_path_receive, add_path_send};
}

std::string_view text(TimerKind kind) {
    constexpr std::array<std::string_view, kTimerKinds> kNames{
        "connect-retry", "hold",    "keepalive", "send-hold",       "framing",
        "idle-hold",     "restart", "stale",     "long-lived-ipv4", "long-lived-ipv6"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string text(const SessionDown& down) {
    constexpr std::array<std::string_view, 5> kReasons{
        "stopped", "connection lost", "notification sent", "notification received", "replaced"};
    std::string result(kReasons[static_cast<std::size_t>(down.reason)]);
    if (down.notification) result += fmt::format(" {}", text(*down.notification));
    return result;
}

std::string text(const Action& action) {
    return std::visit(
        Overload{
            [](const Connect&) { return std::string("connect"); },
            [](const Disconnect&) { return std::string("disconnect"); },
            [](const Send& send) { return "send " + text_of(send); },
            [](const StartTimer& timer) {
                return fmt::format("start {} {}", text(timer.kind), text_of(timer.delay));
            },
            [](const StopTimer& timer) { return fmt::format("stop {}", text(timer.kind)); },
            [](const SessionUp& up) { return "session up " + text_of(up.negotiated); },
            [](const SessionDown& down) { return "session down " + text(down); },
            [](const Deliver& deliver) { return "deliver " + text_of(*deliver.update); },
            [](const Refresh& refresh) {
                return fmt::format("refresh {}", family_name(refresh.family));
            },
            [](const RefreshBegin& begin) {
                return fmt::format("refresh begins {}", family_name(begin.family));
            },
            [](const RefreshEnd& end) {
                return fmt::format("refresh ends {}", family_name(end.family));
            },
            [](const MarkLongLived& mark) { return "mark long-lived" + text_of(mark.families); },
            [](const MarkStale& mark) { return "mark stale" + text_of(mark.families); },
            [](const SweepStale& sweep) { return "sweep stale" + text_of(sweep.families); },
            [](const Flush& flush) { return "flush" + text_of(flush.families); },
        },
        action);
}

}  // namespace torii::bgp
