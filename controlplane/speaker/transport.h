#pragma once

#include "controlplane/bgp/config.h"
#include "platform/base/byte_reader.h"
#include "platform/base/ip_address.h"
#include "platform/base/prefix.h"
#include "platform/base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torii::speaker {

// Octets, or a part of them, that several connections may send.
class SharedOctets {
public:
    SharedOctets() = default;
    explicit SharedOctets(std::vector<std::uint8_t> octets)
        : owner_(std::make_shared<const std::vector<std::uint8_t>>(std::move(octets))),
          view_(*owner_) {}

    [[nodiscard]] SharedOctets part(std::size_t begin, std::size_t size) const {
        SharedOctets part = *this;
        part.view_ = view_.subspan(begin, size);
        return part;
    }
    [[nodiscard]] Bytes view() const { return view_; }
    [[nodiscard]] std::size_t size() const { return view_.size(); }

private:
    std::shared_ptr<const std::vector<std::uint8_t>> owner_;
    Bytes view_;
};

struct ConnectionInfo {
    IpAddress local;
    std::uint16_t local_port = 0;
    IpAddress remote;
    std::uint16_t remote_port = 0;
    // The connected subnet that the remote address is in, judged by our interfaces: the session may
    // end at an address of another one.
    std::optional<Prefix> subnet;
    // Our address of the family that is not the session's, on the interface of `local`.
    std::optional<IpAddress> local_other;
    // Of the segment that opened it, as it arrived. Dialed ones are looked at by the kernel.
    std::uint8_t ttl = 255;

    // Nothing routes between the two ends.
    [[nodiscard]] bool on_link() const { return subnet && subnet->contains(local); }
};

// Who hears of a connection. May drop the connection from within any of these.
class ConnectionHandler {
public:
    ConnectionHandler() = default;
    ConnectionHandler(const ConnectionHandler&) = delete;
    ConnectionHandler& operator=(const ConnectionHandler&) = delete;
    virtual ~ConnectionHandler() = default;

    // An outgoing connection is there.
    virtual void connected() = 0;
    // It could not be made, or has ended. Nothing comes after it.
    virtual void failed() = 0;
    // Returns how many of the octets are done with; the others are passed again, with more.
    virtual std::size_t received(Bytes octets) = 0;
    // Some of what was queued has gone out, but not all.
    virtual void advanced() = 0;
    // Everything that was queued has gone out.
    virtual void drained() = 0;
};

// One TCP connection, ours or the peer's. Destroying it closes it without another word.
class Connection {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    // Incoming ones only: nothing is read before.
    virtual void start(ConnectionHandler& handler, const bgp::PeerConfig& peer) = 0;
    virtual void send(SharedOctets octets) = 0;
    // Octets that wait to go out.
    [[nodiscard]] virtual std::size_t queued() const = 0;
    // Lets out what is queued, then closes. The handler hears nothing more.
    virtual void finish() = 0;
    // Valid once connected.
    [[nodiscard]] virtual const ConnectionInfo& info() const = 0;
};

// What takes connections in.
class Acceptor {
public:
    Acceptor() = default;
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;
    virtual ~Acceptor() = default;

    // Asked before a byte is read: whether anybody with this address may talk to us.
    [[nodiscard]] virtual bool expects(const IpAddress& remote) = 0;
    virtual void incoming(std::unique_ptr<Connection> connection) = 0;
};

// A secret that connections from these addresses must prove to know (RFC 2385).
struct PeerPassword {
    Prefix peers;
    std::string secret;
    friend bool operator==(const PeerPassword&, const PeerPassword&) = default;
};

// Where connections come from: sockets in a daemon, a simulated network in a test.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    // Accepts connections at a port, for both IP versions; 0: none. On an error nothing changes.
    virtual Result<void> listen(std::uint16_t port, Acceptor& acceptor) = 0;
    // All of them, instead of those before, for connections that come in.
    virtual Result<void> set_passwords(std::vector<PeerPassword> passwords) = 0;
    // The handler hears connected() or failed(), never before this returns.
    [[nodiscard]] virtual std::unique_ptr<Connection> dial(const bgp::PeerConfig& peer,
                                                           ConnectionHandler& handler) = 0;
};

}  // namespace torii::speaker
