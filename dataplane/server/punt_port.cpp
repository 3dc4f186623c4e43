#include "dataplane/server/punt_port.h"

#include <utility>

namespace torii::dataplane {

Result<std::unique_ptr<PuntPort>> PuntPort::open(const std::string& name, const MacAddress& mac,
                                                 std::uint16_t mtu, netlink::Requests& requests) {
    Result<Tap> tap = Tap::open(name);
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
