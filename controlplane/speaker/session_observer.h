#pragma once

#include "controlplane/bgp/action.h"
#include "controlplane/rib/path.h"
#include "controlplane/rib/table.h"
#include "controlplane/speaker/transport.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

// For those who record what a speaker learns (BMP, MRT): they watch and read, and change nothing.
namespace torii::speaker {

// A session that is up. Everything is valid during the call only.
struct ObservedSession {
    const bgp::PeerConfig& config;
    const bgp::Negotiated& negotiated;
    const ConnectionInfo& connection;
    Bytes sent_open;  // with their headers
    Bytes received_open;
    TimePoint since;
};

class SessionObserver {
public:
    SessionObserver() = default;
    SessionObserver(const SessionObserver&) = delete;
    SessionObserver& operator=(const SessionObserver&) = delete;
    virtual ~SessionObserver() = default;

    virtual void session_up(const ObservedSession& session) = 0;
    virtual void session_down(const IpAddress& peer, const bgp::SessionDown& down) = 0;
    // An UPDATE message, End-of-RIB included, before any policy: as it came; one with errors as RFC
    // 7606 has it count, which can be several messages. They are in the tables already.
    virtual void update_received(const IpAddress& peer, Bytes messages, bgp::Verdict verdict) = 0;
};

// Whose paths are in the tables.
struct TablePeer {
    rib::PeerId id;
    IpAddress address;
    bgp::Asn as;
    bgp::RouterId router_id;
};

// What a speaker lets be read: in portions, so that a full table keeps nothing waiting. Between two
// portions the table goes on changing.
class RouteSource {
public:
    RouteSource() = default;
    RouteSource(const RouteSource&) = delete;
    RouteSource& operator=(const RouteSource&) = delete;
    virtual ~RouteSource() = default;

    // Tells `observer` what happens from now on, until remove_observer().
    virtual void add_observer(SessionObserver& observer) = 0;
    virtual void remove_observer(SessionObserver& observer) = 0;

    virtual void each_session(const std::function<void(const ObservedSession&)>& visit) const = 0;
    [[nodiscard]] virtual rib::PathCounts received_counts(const IpAddress& peer,
                                                          bgp::Family family) const = 0;
    // What a peer has announced in its present session, before any policy: appends UPDATE messages
    // as it could have sent them to `out`. False: that was all; `next` as in rib::Table::read().
    virtual bool read_received(const IpAddress& peer, bgp::Family family, rib::EntryId& next,
                               std::size_t limit, std::vector<std::uint8_t>& out) const = 0;
    // Ourselves first, with the unspecified address.
    [[nodiscard]] virtual std::vector<TablePeer> table_peers() const = 0;
    // The paths that selection has to choose from, as import policy left them.
    using VisitPaths = std::function<void(const Prefix&, std::span<const rib::Path>)>;
    virtual bool read_table(bgp::Family family, rib::EntryId& next, std::size_t limit,
                            const VisitPaths& visit) const = 0;
};

// The messages that a peer would have sent had it meant what we make of them.
[[nodiscard]] std::vector<std::uint8_t> encode_as_applied(const bgp::Update& update,
                                                          const bgp::Negotiated& negotiated);

}  // namespace torii::speaker
