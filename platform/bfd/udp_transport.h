#pragma once

#include "platform/bfd/transport.h"
#include "platform/runtime/event_loop.h"

#include <array>
#include <cstdint>

namespace torii::bfd {

// A descriptor that is closed with its owner.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    void set(int number);
    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool open() const { return number_ >= 0; }

private:
    int number_;
};

// Control packets over the kernel's UDP, ports 3784 (RFC 5881 section 4) and 4784 (RFC 5883).
class UdpTransport final : public Transport {
public:
    explicit UdpTransport(EventLoop& loop) : loop_(loop) {}

    void set_receiver(Receive receive) override { receive_ = std::move(receive); }
    [[nodiscard]] std::unique_ptr<Channel> open(const Path& path) override;

private:
    struct Port {
        Descriptor socket;
        Timer watch;
    };

    void listen(IpFamily family, bool multihop);
    void read(const Port& port, IpFamily family, bool multihop);

    EventLoop& loop_;
    Receive receive_;
    std::array<Port, 4> ports_;  // by family and kind
};

}  // namespace torii::bfd
