// "router bgp" and its families.
#include "mgmt/frr/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace torii::frr {
namespace {

constexpr std::array kInstance{
    Saying{"router-id <id>", "bgp router-id $1"},
    Saying{"ebgp-requires-policy true", "bgp ebgp-requires-policy"},
    Saying{"ebgp-requires-policy false", "no bgp ebgp-requires-policy"},
    Saying{"graceful-restart mode restart", "bgp graceful-restart"},
    Saying{"graceful-restart mode disable", "bgp graceful-restart-disable"},
    Saying{"graceful-restart restart-time <s>", "bgp graceful-restart restart-time $1"},
    Saying{"graceful-restart stale-time <s>", "bgp graceful-restart stalepath-time $1"},
    Saying{"graceful-restart long-lived stale-time <s>",
           "bgp long-lived-graceful-restart stale-time $1"},
    Saying{"graceful-restart selection-deferral-time <s>",
           "bgp graceful-restart select-defer-time $1"},
    Saying{"graceful-shutdown true", "bgp graceful-shutdown"},
    Saying{"log-neighbor-changes true", "bgp log-neighbor-changes"},
    Saying{"log-neighbor-changes false", "no bgp log-neighbor-changes"},
    Saying{"bestpath multipath-relax true", "bgp bestpath as-path multipath-relax"},
    Saying{"bestpath multipath-relax false", "no bgp bestpath as-path multipath-relax"},
    Saying{"bestpath compare-router-id true", "bgp bestpath compare-routerid"},
    Saying{"bestpath always-compare-med true", "bgp always-compare-med"},
    Saying{"bestpath bandwidth ignore", "bgp bestpath bandwidth ignore"},
    Saying{"bestpath bandwidth skip-missing", "bgp bestpath bandwidth skip-missing"},
    Saying{"bestpath bandwidth default-weight-for-missing",
           "bgp bestpath bandwidth default-weight-for-missing"},
};

std::uint32_t number_of(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// FRR's are others, so they are always said. What FRR has no line for is left.
void print_timers(ToSay& commands, Lines& out) {
    const Words path{"bgp", "timers"};
    constexpr const char* kHold = "90";
    const auto hold = commands.find(path, "hold-time <s>");
    const std::uint32_t seconds = number_of(hold ? hold->at(0) : kHold);
    const auto keepalive = commands.find(path, "keepalive <s>");
    const std::uint32_t between = keepalive ? number_of(keepalive->at(0)) : seconds / 3;
    if (seconds != 0 || !keepalive) {
        (void)commands.take(path, "hold-time <s>");
        (void)commands.take(path, "keepalive <s>");
    }
    out.push_back(fmt::format(" timers bgp {} {}", between, seconds));
}

void print_update_delay(ToSay& commands, Lines& out) {
    const Words path{"bgp", "update-delay"};
    const auto longest = commands.take(path, "maximum <s>");
    if (!longest) return;
    const auto wait = commands.take(path, "establish-wait <s>");
    out.push_back(fmt::format(" update-delay {}{}", longest->at(0), wait ? " " + wait->at(0) : ""));
}

void print_recording(ToSay& commands, Lines& out) {
    for (const auto& [ours, frr] : {Saying{"routes", "routes-mrt"}, Saying{"updates", "updates"}}) {
        const Words path{"bgp", "mrt", std::string(ours)};
        const auto interval = commands.find(path, "interval <s>");
        const auto file = commands.find(path, "file <name>");
        if (!interval || !file || !is_plain(file->at(0))) continue;
        (void)commands.take_all(path, "<rest>...");
        out.push_back(fmt::format(" dump bgp {} {} {}", frr, file->at(0), interval->at(0)));
    }
}

// A policy of what is originated, if it is a route map: " route-map NAME".
std::string route_map(ToSay& commands, const Words& path, const char* leaf, const char* frr,
                      const Printed& printed) {
    const std::string pattern = fmt::format("{} <p>", leaf);
    const auto chain = commands.all(path, pattern);
    if (chain.size() != 1 || !printed.policies.contains(chain[0][0])) return {};
    (void)commands.take(path, pattern);
    return fmt::format(" {} {}", frr, chain[0][0]);
}
std::string route_map(ToSay& commands, const Words& path, const Printed& printed) {
    return route_map(commands, path, "policy", "route-map", printed);
}

// [as-set] [summary-only] [origin O] [route-map M] [suppress-map M], as FRR writes them.
void print_aggregates(ToSay& commands, const Words& family, const Printed& printed, Lines& out) {
    for (const std::string& prefix : commands.names(with(family, "aggregate-address"))) {
        const Words path = with(with(family, "aggregate-address"), prefix);
        (void)commands.take(path, "");
        std::string line = "  aggregate-address " + prefix;
        for (const char* flag : {"as-set", "summary-only"}) {
            (void)commands.take(path, fmt::format("{} false", flag));
            if (commands.take(path, fmt::format("{} true", flag))) line += fmt::format(" {}", flag);
        }
        if (const auto origin = commands.take(path, "origin <o>"))
            line += " origin " + origin->at(0);
        line += route_map(commands, path, "policy", "route-map", printed);
        line += route_map(commands, path, "suppress-policy", "suppress-map", printed);
        out.push_back(std::move(line));
    }
}

Lines print_family(ToSay& commands, const std::string& family, bool unconditional,
                   const Printed& printed) {
    const Words path{"bgp", "family", family};
    Lines out;
    (void)commands.take(path, "");
    for (const char* kind : {"ebgp", "ibgp"}) {
        const auto most = commands.take(path, fmt::format("maximum-paths {} <n>", kind));
        out.push_back(fmt::format("  maximum-paths {}{}", kind[0] == 'i' ? "ibgp " : "",
                                  most ? most->at(0) : "1"));
    }
    for (const std::string& prefix : commands.names(with(path, "network"))) {
        const Words network = with(with(path, "network"), prefix);
        (void)commands.take(network, "");
        if (unconditional) (void)commands.take(network, "unconditional true");
        out.push_back(fmt::format("  network {}{}", prefix, route_map(commands, network, printed)));
    }
    for (const std::string& protocol : commands.names(with(path, "redistribute"))) {
        const Words source = with(with(path, "redistribute"), protocol);
        (void)commands.take(source, "");
        const auto metric = commands.take(source, "metric <n>");
        out.push_back(fmt::format("  redistribute {}{}{}", protocol,
                                  metric ? " metric " + metric->at(0) : "",
                                  route_map(commands, source, printed)));
    }
    print_aggregates(commands, path, printed, out);
    return out;
}

// FRR says it of all at once.
bool all_unconditional(const ToSay& commands) {
    bool any = false;
    for (const std::string& family : commands.names({"bgp", "family"})) {
        const Words networks{"bgp", "family", family, "network"};
        for (const std::string& prefix : commands.names(networks)) {
            if (!commands.has(with(networks, prefix), "unconditional true")) return false;
            any = true;
        }
    }
    return any;
}

void note_peers(const ToSay& commands, Printed& printed) {
    for (const std::string& family : commands.names({"bgp", "family"})) {
        printed.families.insert(family);
    }
    for (const std::string& name : commands.names({"bgp", "neighbor"})) {
        if (commands.has({"bgp", "neighbor", name}, "peer-group <g>")) printed.members.insert(name);
    }
}

}  // namespace

Lines print_bgp(ToSay& commands, const Printed& so_far) {
    const auto as = commands.take({"bgp"}, "as <as>");
    if (!as) return {};
    Printed printed = so_far;
    note_peers(commands, printed);
    Lines out{"router bgp " + as->at(0)};
    for (const Saying& saying : kInstance) say(commands, {"bgp"}, saying, " ", out);
    print_timers(commands, out);
    print_update_delay(commands, out);
    print_recording(commands, out);
    if (!printed.families.contains("ipv4-unicast"))
        out.emplace_back(" no bgp default ipv4-unicast");
    const bool unconditional = all_unconditional(commands);
    if (unconditional) out.emplace_back(" no bgp network import-check");
    std::array<Lines, 2> families;
    const auto add_peer = [&](const Words& path) {
        PeerLines lines = print_peer(commands, path, printed);
        out.insert(out.end(), lines.session.begin(), lines.session.end());
        for (std::size_t index = 0; index < families.size(); ++index) {
            Lines& to = families.at(index);
            to.insert(to.end(), lines.families.at(index).begin(), lines.families.at(index).end());
        }
    };
    for (const std::string& name : commands.names({"bgp", "peer-group"})) {
        out.push_back(fmt::format(" neighbor {} peer-group", name));
        add_peer({"bgp", "peer-group", name});
    }
    for (const std::string& name : commands.names({"bgp", "neighbor"})) {
        const Words path{"bgp", "neighbor", name};
        if (const auto group = commands.take(path, "peer-group <g>")) {
            out.push_back(fmt::format(" neighbor {} peer-group {}", name, group->at(0)));
        }
        add_peer(path);
    }
    for (const std::string& prefix : commands.names({"bgp", "dynamic-neighbors"})) {
        const Words path{"bgp", "dynamic-neighbors", prefix};
        say(commands, path, {"peer-group <g>", "bgp listen range " + prefix + " peer-group $1"},
            " ", out);
    }
    for (const std::string& family : printed.families) {
        const bool v6 = family == "ipv6-unicast";
        out.push_back(fmt::format(" address-family {} unicast", v6 ? "ipv6" : "ipv4"));
        for (const Lines& part :
             {print_family(commands, family, unconditional, printed), families.at(v6 ? 1 : 0)}) {
            out.insert(out.end(), part.begin(), part.end());
        }
        out.emplace_back(" exit-address-family");
    }
    out.emplace_back("exit");
    return out;
}

}  // namespace torii::frr
