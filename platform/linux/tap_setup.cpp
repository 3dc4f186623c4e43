#include "platform/linux/tap_setup.h"

#include "platform/base/log.h"
#include "platform/linux/sysctl.h"
#include "platform/linux/tap.h"

#include <fmt/format.h>

#include <utility>

namespace torii {
namespace {

constexpr Log kLog("tap");

// What the kernel says of a neighbor is what we forward by. It believes in one for 30 s without a
// sign of life, and takes 8 s more to be sure that it is gone; with these it knows within 6 s.
constexpr std::pair<const char*, const char*> kNeighborTimers[] = {
    {"base_reachable_time_ms", "3000"},
    {"retrans_time_ms", "300"},
    {"delay_first_probe_time", "1"},
};

// A host believes what its routers say; this one is a router (RFC 1812 section 5.2.7.2, RFC 4861
// section 6.2.7). For IPv4 redirects the kernel asks for `all` beside the interface.
constexpr std::pair<const char*, const char*> kHostHabits[] = {
    {"net/ipv4/conf/all/accept_redirects", "0"}, {"net/ipv4/conf/{}/accept_redirects", "0"},
    {"net/ipv6/conf/{}/accept_redirects", "0"},  {"net/ipv6/conf/{}/accept_ra", "0"},
    {"net/ipv6/conf/{}/autoconf", "0"},
};

void give_up_host_habits(const std::string& name) {
    for (const auto& [setting, value] : kHostHabits) {
        const auto set = set_sysctl(fmt::format(fmt::runtime(setting), name), value);
        if (!set) kLog.warning("{}", set.error().message);
    }
}

void set_neighbor_timers(const std::string& name) {
    for (const char* family : {"ipv4", "ipv6"}) {
        for (const auto& [timer, value] : kNeighborTimers) {
            const auto set =
                set_sysctl(fmt::format("net/{}/neigh/{}/{}", family, name, timer), value);
            if (!set) kLog.warning("{}", set.error().message);
        }
    }
}

// Only where something is missing: who opens a TAP takes its carrier away when he closes it.
Result<void> make(const PortTap& wanted, std::optional<uid_t> owner, netlink::Requests& requests) {
    const auto present = requests.link(wanted.name);
    if (present && (!owner || present->owner == owner)) return {};
    Result<Tap> tap = Tap::open(wanted.name, wanted.mac);
    if (!tap) return unexpected(tap.error());
    if (!owner) return {};
    return tap->set_owner(*owner);
}

// The kernel changes it only on a link that is down, and takes the routes away with that.
Result<void> set_mac(const netlink::Link& link, const MacAddress& mac,
                     netlink::Requests& requests) {
    if (!link.admin_up) return requests.set_link_mac(link.index, mac);
    if (auto down = requests.set_link_up(link.index, false); !down) return down;
    if (auto set = requests.set_link_mac(link.index, mac); !set) return set;
    return requests.set_link_up(link.index, true);
}

}  // namespace

Result<void> set_up_tap(const PortTap& tap, std::optional<uid_t> owner,
                        netlink::Requests& requests) {
    if (auto made = make(tap, owner, requests); !made) return made;
    const Result<netlink::Link> link = requests.link(tap.name);
    if (!link) return unexpected(link.error());
    if (link->kind != "tun") return fail("the interface {} is no TAP", tap.name);
    if (link->mac != tap.mac) {
        if (auto set = set_mac(*link, tap.mac, requests); !set) return set;
    }
    if (link->mtu != tap.mtu) {
        if (auto set = requests.set_link_mtu(link->index, tap.mtu); !set) return set;
    }
    set_neighbor_timers(tap.name);
    give_up_host_habits(tap.name);
    return {};
}

Result<void> remove_taps_of(uid_t owner, netlink::Requests& requests) {
    const auto links = requests.links();
    if (!links) return unexpected(links.error());
    for (const netlink::Link& link : *links) {
        if (link.owner != owner) continue;
        if (auto done = requests.delete_link(link.index); !done) return done;
        kLog.info("removed tap={}", link.name);
    }
    return {};
}

}  // namespace torii
