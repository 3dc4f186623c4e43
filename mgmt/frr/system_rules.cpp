// The machine, interfaces, static routes and BFD.
#include "mgmt/frr/draft.h"
#include "platform/base/prefix.h"

#include <fmt/format.h>

#include <algorithm>

namespace torii::frr {
namespace {

// Of all instances; without "bgp" it is of one.
constexpr std::string_view kUpdateDelayWait =
    "bgp update-delay maximum $1; bgp update-delay establish-wait $2";
constexpr std::string_view kLogging = "the daemons log to the journal, as they are started";
constexpr std::string_view kOneDocument = "there is one configuration, and a commit saves it";
constexpr std::string_view kAccounts = "who may do what is told by the accounts of the system";

std::function<Outcome(Draft&, const Words&)> enter(Place place) {
    return [place](Draft& draft, const Words&) {
        draft.place = place;
        return mapped();
    };
}

Outcome enter_foreign(Draft& draft, const std::string& what, Place place = Place::foreign) {
    draft.place = place;
    draft.block = what;
    return unsupported(what);
}

bool is_loopback_name(const std::string& name) {
    return name == "lo" || name.starts_with("loop") || name.starts_with("dummy");
}

Outcome enter_interface(Draft& draft, const Words& arguments) {
    draft.place = Place::interface;
    draft.interface = arguments[0];
    if (!is_loopback_name(arguments[0])) {
        draft.set({"interface", arguments[0]});
        return mapped();
    }
    const bool kernels = arguments[0] == "lo";
    // lo is the kernel's own and has the addresses of this machine.
    if (kernels) draft.interface = "loop0";
    draft.set({"interface", draft.interface, "loopback"});
    return mapped(kernels ? "lo belongs to the kernel: a loopback loop0 takes its place" : "");
}

Outcome take_address(Draft& draft, const std::string& family, const std::string& text) {
    const auto address = InterfaceAddress::parse(text);
    if (!address) return unsupported(address.error().message);
    draft.interface_addresses.try_emplace(draft.interface, address->address.to_string());
    draft.set({"interface", draft.interface, family, "address", address->to_string()});
    return mapped();
}

// The mask of "10.0.0.0 255.255.255.0" as a length.
std::string with_mask(const std::string& address, const std::string& mask) {
    const auto parsed = IpAddress::parse(mask);
    if (!parsed || !parsed->is_v4()) return {};
    const std::uint32_t bits = parsed->v4_number();
    const int length = std::countl_one(bits);
    const bool contiguous = length == 32 || (bits << length) == 0;
    return contiguous ? network_of(fmt::format("{}/{}", address, length)) : "";
}

struct StaticRoute {
    std::string prefix;
    std::string gateway;
    std::string interface;
    bool discard = false;
    std::string distance = "1";
    std::string tag = "0";
    std::string problem;
};

bool is_discard(const std::string& word) {
    return word == "Null0" || word == "null0" || word == "blackhole" || word == "reject";
}

StaticRoute read_static_route(Words words) {
    StaticRoute out;
    if (words.size() >= 2 && words[0].find('/') == std::string::npos) {
        words[0] = with_mask(words[0], words[1]);
        words.erase(words.begin() + 1);
    }
    out.prefix = network_of(words[0]);
    if (out.prefix.empty()) out.problem = fmt::format("\"{}\" is no prefix", words[0]);
    for (std::size_t index = 1; index < words.size(); ++index) {
        const std::string& word = words[index];
        const bool more = index + 1 < words.size();
        if (is_discard(word)) {
            out.discard = true;
        } else if (is_number(word)) {
            out.distance = word;
        } else if (word == "tag" && more) {
            out.tag = words[++index];
        } else if (is_address(word) && out.gateway.empty()) {
            out.gateway = IpAddress::parse(word)->to_string();
        } else if (word == "vrf" || word == "nexthop-vrf" || word == "table" || word == "label" ||
                   word == "onlink" || word == "bfd" || word == "color" || word == "segments") {
            out.problem = fmt::format("static routes with {}", word);
        } else if (out.interface.empty() && !out.discard) {
            out.interface = word;
        } else {
            out.problem = fmt::format("\"{}\"", word);
        }
    }
    if (out.problem.empty() && out.gateway.empty() && !out.discard) {
        out.problem = "a static route needs the address of its next hop";
    }
    return out;
}

Outcome take_static_route(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    if (words.size() < 2) return unsupported("a route needs a prefix and a next hop");
    const StaticRoute route = read_static_route(words);
    if (!route.problem.empty()) return unsupported(route.problem);
    const Words kind{route.distance, route.tag, route.discard ? "discard" : ""};
    const auto [known, first] = draft.static_routes.try_emplace(route.prefix, kind);
    if (!first && known->second != kind) {
        return unsupported("all static routes to a prefix have one distance and one tag");
    }
    const Words path{"routing", "static-route", route.prefix};
    const auto add = [&](Words more) {
        more.insert(more.begin(), path.begin(), path.end());
        draft.set(std::move(more));
    };
    if (route.discard) {
        add({"discard"});
    } else if (route.interface.empty()) {
        add({"next-hop", route.gateway});
    } else {
        add({"next-hop", route.gateway, "interface", route.interface});
    }
    if (route.distance != "1") add({"distance", route.distance});
    if (route.tag != "0") add({"tag", route.tag});
    return mapped();
}

Outcome take_router_bgp(Draft& draft, const Words& arguments) {
    const Words words = split(arguments[0]);
    if (words.size() != 1) {
        return enter_foreign(draft, "BGP in views and VRFs", Place::foreign);
    }
    if (draft.bgp_line) return enter_foreign(draft, "a second BGP instance", Place::foreign);
    draft.bgp_line = draft.line;
    draft.place = Place::bgp;
    draft.set({"bgp", "as", words[0]});
    return mapped();
}

Outcome take_profile(Draft& draft, const Words& arguments) {
    draft.place = Place::bfd_profile;
    draft.profile = plain_name(arguments[0]);
    draft.defined_profiles.insert(draft.profile);
    draft.set({"bfd", "profile", draft.profile});
    return mapped();
}

std::function<Outcome(Draft&, const Words&)> profile(std::string_view words) {
    return [words](Draft& draft, const Words& arguments) {
        set_all(draft, {"bfd", "profile", draft.profile}, words, arguments);
        return mapped();
    };
}

}  // namespace

const std::vector<Rule>& top_rules() {
    static const std::vector<Rule> kRules{
        {"frr version <version>",
         [](Draft& draft, const Words& arguments) {
             draft.version = arguments[0];
             return meaningless("its defaults that differ from ours are written out");
         }},
        {"frr defaults <profile>",
         [](Draft& draft, const Words& arguments) {
             draft.datacenter = arguments[0] == "datacenter";
             return meaningless("its defaults that differ from ours are written out");
         }},
        {"hostname <name>", ours("system hostname $1")},
        {"domainname <name>", nothing("only the name of the machine is set")},
        {"log <rest>...", nothing(kLogging)},
        {"no log <rest>...", nothing(kLogging)},
        {"debug <rest>...", nothing(kLogging)},
        {"service integrated-vtysh-config", nothing(kOneDocument)},
        {"no service integrated-vtysh-config", nothing(kOneDocument)},
        {"service <rest>...", nothing(kAccounts)},
        {"password <rest>...", nothing(kAccounts)},
        {"enable password <rest>...", nothing(kAccounts)},
        {"username <rest>...", nothing(kAccounts)},
        {"line vty", nothing(kAccounts)},
        {"banner <rest>...", nothing("the shell greets nobody")},
        {"no banner <rest>...", nothing("the shell greets nobody")},
        {"agentx", never("SNMP")},
        {"ip forwarding", nothing("a router forwards")},
        {"ipv6 forwarding", nothing("IPv6 is forwarded where interfaces have IPv6 addresses")},
        {"no ipv6 forwarding",
         nothing("IPv6 is forwarded only where interfaces have IPv6 addresses")},
        {"no ip forwarding", never("a router that does not forward")},
        {"ip nht resolve-via-default",
         never("next hops over the default route are looked up anyway")},
        {"route-map optimization", nothing("policies are compiled in any case")},
        {"no route-map optimization", nothing("policies are compiled in any case")},
        {"ip router-id <id>", ours("routing router-id $1")},
        {"bgp update-delay <s>", ours("bgp update-delay maximum $1")},
        {"bgp update-delay <s> <wait>", ours(kUpdateDelayWait)},
        {"router-id <id>", ours("routing router-id $1")},
        {"ip route <route>...", take_static_route},
        {"ipv6 route <route>...", take_static_route},
        {"interface <name>", enter_interface},
        {"interface <name> vrf <vrf>",
         [](Draft& draft, const Words&) {
             return enter_foreign(draft, "interfaces in VRFs", Place::foreign);
         }},
        {"bfd", enter(Place::bfd)},
        {"router bgp <as>...", take_router_bgp},
        {"vrf <name>",
         [](Draft& draft, const Words&) { return enter_foreign(draft, "VRFs", Place::vrf); }},
        {"router <protocol>...",
         [](Draft& draft, const Words& arguments) {
             return enter_foreign(draft, fmt::format("router {}", arguments[0]));
         }},
        {"segment-routing",
         [](Draft& draft, const Words&) { return enter_foreign(draft, "segment routing"); }},
        {"key chain <name>",
         [](Draft& draft, const Words&) { return enter_foreign(draft, "key chains"); }},
        {"nexthop-group <name>",
         [](Draft& draft, const Words&) { return enter_foreign(draft, "next-hop groups"); }},
        {"pbr-map <rest>...",
         [](Draft& draft, const Words&) { return enter_foreign(draft, "policy routing"); }},
        {"l2vpn <rest>...",
         [](Draft& draft, const Words&) { return enter_foreign(draft, "L2VPN"); }},
        {"rpki", [](Draft& draft, const Words&) { return enter_foreign(draft, "RPKI"); }},
        {"mpls <rest>...", never("MPLS")},
    };
    return kRules;
}

const std::vector<Rule>& interface_rules() {
    static const std::vector<Rule> kRules{
        {"ip address <address>",
         [](Draft& draft, const Words& arguments) {
             return take_address(draft, "ipv4", arguments[0]);
         }},
        {"ip address <address> label <label>",
         [](Draft& draft, const Words& arguments) {
             return take_address(draft, "ipv4", arguments[0]);
         }},
        {"ipv6 address <address>",
         [](Draft& draft, const Words& arguments) {
             return take_address(draft, "ipv6", arguments[0]);
         }},
        {"description <text>...",
         [](Draft& draft, const Words& arguments) {
             draft.set({"interface", draft.interface, "description", arguments[0]});
             return mapped();
         }},
        {"shutdown",
         [](Draft& draft, const Words&) {
             draft.set({"interface", draft.interface, "enabled", "false"});
             return mapped();
         }},
        {"no shutdown", nothing("interfaces are up unless they are disabled")},
        {"bandwidth <rate>", nothing("no protocol here asks for it")},
        {"link-detect", nothing("a port without a link is no next hop")},
        {"no link-detect", never("next hops on ports without a link")},
        {"ip <rest>...", never("this protocol on interfaces")},
        {"ipv6 nd <rest>...", never("router advertisements")},
        {"no ipv6 nd <rest>...", nothing("no router advertisements are sent")},
    };
    return kRules;
}

const std::vector<Rule>& bfd_rules() {
    static const std::vector<Rule> kRules{
        {"profile <name>", take_profile},
        {"peer <peer>...",
         [](Draft& draft, const Words&) {
             return enter_foreign(draft, "BFD sessions of their own: BGP's neighbors have them");
         }},
    };
    return kRules;
}

const std::vector<Rule>& bfd_profile_rules() {
    static const std::vector<Rule> kRules{
        {"detect-multiplier <count>", profile("detect-multiplier $1")},
        {"transmit-interval <ms>", profile("transmit-interval $1")},
        {"receive-interval <ms>", profile("receive-interval $1")},
        {"passive-mode", profile("passive true")},
        {"no passive-mode", profile("passive false")},
        {"no shutdown", nothing("a profile is in force where it is named")},
        {"echo-mode", never("BFD's echo mode")},
        {"echo-interval <ms>", nothing("there is no echo mode")},
        {"echo <rest>...", nothing("there is no echo mode")},
        {"no echo-mode", nothing("there is no echo mode")},
        {"minimum-ttl <ttl>", never("a TTL for BFD over several hops")},
        {"log-session-changes", nothing("they are always logged")},
    };
    return kRules;
}

}  // namespace torii::frr
