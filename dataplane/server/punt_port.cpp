#include "dataplane/server/punt_port.h"

#include "platform/base/log.h"
#include "platform/linux/sysctl.h"

#include <fmt/format.h>

#include <utility>

namespace torii::dataplane {
namespace {

constexpr Log kLog("port");

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

}  // namespace

Result<std::unique_ptr<PuntPort>> PuntPort::open(const std::string& name, const MacAddress& mac,
                                                 std::uint16_t mtu, netlink::Requests& requests) {
    Result<Tap> tap = Tap::open(name, mac);
    if (!tap) return unexpected(tap.error());
    const Result<netlink::Link> link = requests.link(name);
    if (!link) return unexpected(link.error());
    if (link->mac != mac) {
        // The kernel changes it only on a link that is down, and takes the routes away with that.
        if (link->admin_up) {
            if (const auto down = requests.set_link_up(link->index, false); !down) {
                return unexpected(down.error());
            }
        }
        if (const auto set = tap->set_mac(mac); !set) return unexpected(set.error());
        if (link->admin_up) {
            if (const auto up = requests.set_link_up(link->index, true); !up) {
                return unexpected(up.error());
            }
        }
    }
    if (link->mtu != mtu) {
        if (const auto set = requests.set_link_mtu(link->index, mtu); !set) {
            return unexpected(set.error());
        }
    }
    set_neighbor_timers(name);
    give_up_host_habits(name);
    return std::unique_ptr<PuntPort>(new PuntPort(std::move(*tap), link->index));
}

void PuntPort::start(EventLoop& loop, port::BufferPool& pool, Calls calls) {
    watch_ = loop.watch_readable(tap_.descriptor(),
                                 [this, &pool, calls = std::move(calls)] { read(pool, calls); });
}

void PuntPort::read(port::BufferPool& pool, const Calls& calls) {
    for (std::size_t count = 0; count < kBurst; ++count) {
        packet::Packet packet;
        if (!pool.allocate(packet)) break;
        packet.length =
            static_cast<std::uint32_t>(tap_.read(std::span(packet.data, pool.capacity())));
        if (packet.length == 0) {
            pool.release(std::span(&packet, 1));
            break;
        }
        calls.inject(packet);
    }
    calls.flush();
}

Result<void> PuntPort::remove() {
    watch_.reset();
    return tap_.remove();
}

}  // namespace torii::dataplane
