#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/result.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace torii::netlink {

class Socket;

// A connection as the kernel tracks it: what its first packet looked like, and where its answers
// come from, which is somewhere else when the destination was translated.
struct Flow {
    std::uint8_t protocol = 0;
    IpAddress source;
    std::uint16_t source_port = 0;
    IpAddress destination;
    std::uint16_t destination_port = 0;
    IpAddress answers_from;
    std::uint16_t answers_from_port = 0;

    friend bool operator==(const Flow&, const Flow&) = default;
};

// The connections of this network namespace (ctnetlink).
class Conntrack {
public:
    static Result<std::unique_ptr<Conntrack>> open();
    Conntrack(const Conntrack&) = delete;
    Conntrack& operator=(const Conntrack&) = delete;
    ~Conntrack();

    // All of a protocol that has ports.
    Result<std::vector<Flow>> flows(std::uint8_t protocol);
    // Its next packet is the first of a new one. Fine when it is gone.
    Result<void> remove(const Flow& flow);

private:
    explicit Conntrack(std::unique_ptr<Socket> socket);
    std::unique_ptr<Socket> socket_;
};

}  // namespace torii::netlink
