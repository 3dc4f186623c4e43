#pragma once

#include "controlplane/speaker/socket_stream.h"
#include "controlplane/speaker/transport.h"
#include "platform/runtime/event_loop.h"

#include <memory>
#include <vector>

namespace torii::speaker {

// Connections over TCP. Drop everything that came from it first.
class SocketTransport final : public Transport {
public:
    explicit SocketTransport(EventLoop& loop);
    ~SocketTransport() override;

    // Both IP versions at every address of ours; only IPv4 where the kernel has no IPv6.
    Result<void> listen(std::uint16_t port, Acceptor& acceptor) override;
    Result<void> set_passwords(std::vector<PeerPassword> passwords) override;
    [[nodiscard]] std::unique_ptr<Connection> dial(const bgp::PeerConfig& peer,
                                                   ConnectionHandler& handler) override;

private:
    class Listener;

    EventLoop& loop_;
    ReadBuffer buffer_;
    std::vector<std::shared_ptr<Listener>> listeners_;
    std::vector<PeerPassword> passwords_;
};

}  // namespace torii::speaker
