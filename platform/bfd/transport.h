#pragma once

#include "platform/base/byte_reader.h"
#include "platform/base/ip_address.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace torii::bfd {

// Between whom a session is.
struct Path {
    IpAddress peer;
    std::optional<IpAddress> local;  // else as the kernel chooses
    std::string interface;           // for a link-local peer
    bool multihop = false;           // RFC 5883, else RFC 5881
    friend bool operator==(const Path&, const Path&) = default;
};

// Where packets of one session go out, from a port of its own.
class Channel {
public:
    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    virtual ~Channel() = default;
    // What cannot be sent now is lost, like any packet.
    virtual void send(Bytes octets) = 0;
};

struct Arrival {
    IpAddress source;
    std::uint8_t ttl = 0;
    bool multihop = false;  // by the port it came to
};

// Carries control packets; the kernel's UDP, or a test's.
class Transport {
public:
    using Receive = std::function<void(const Arrival&, Bytes)>;

    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;
    // Of all sessions of this kind. Before the first open().
    virtual void set_receiver(Receive receive) = 0;
    [[nodiscard]] virtual std::unique_ptr<Channel> open(const Path& path) = 0;
};

}  // namespace torii::bfd
