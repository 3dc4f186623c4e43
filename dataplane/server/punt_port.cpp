#include "dataplane/server/punt_port.h"

#include <utility>

namespace torii::dataplane {

Result<std::unique_ptr<PuntPort>> PuntPort::open(const std::string& name) {
    Result<Tap> tap = Tap::open(name);
    if (!tap) return unexpected(tap.error());
    const std::uint32_t index = tap->ifindex();
    return std::unique_ptr<PuntPort>(new PuntPort(std::move(*tap), index));
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
