#pragma once

#include "dataplane/port/port.h"
#include "platform/base/result.h"
#include "platform/linux/tap.h"
#include "platform/runtime/event_loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace torii::dataplane {

// The kernel's side of a port: a persistent TAP of the port's name, MAC address and MTU. What the
// port receives for the kernel goes in here, what the kernel sends comes out.
class PuntPort {
public:
    // `inject` gets each frame the kernel sends, in a buffer of `pool` that is then its own; after
    // a turn's last one `flush` is called.
    struct Calls {
        std::function<void(const packet::Packet&)> inject;
        std::function<void()> flush;
    };

    // A TAP that has been set up.
    static Result<std::unique_ptr<PuntPort>> open(const std::string& name);
    PuntPort(const PuntPort&) = delete;
    PuntPort& operator=(const PuntPort&) = delete;

    void start(EventLoop& loop, port::BufferPool& pool, Calls calls);
    // The kernel gets a copy; false when it did not take it.
    bool deliver(const packet::Packet& packet) { return tap_.write({packet.data, packet.length}); }
    Result<void> set_carrier(bool on) { return tap_.set_carrier(on); }
    // Ends the TAP's existence; without it the TAP stays for the next process.
    Result<void> remove();

    [[nodiscard]] std::uint32_t ifindex() const { return ifindex_; }

private:
    PuntPort(Tap tap, std::uint32_t ifindex) : tap_(std::move(tap)), ifindex_(ifindex) {}
    void read(port::BufferPool& pool, const Calls& calls);

    Tap tap_;
    std::uint32_t ifindex_;
    Timer watch_;
};

}  // namespace torii::dataplane
