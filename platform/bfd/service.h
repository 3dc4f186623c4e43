#pragma once

#include "platform/bfd/session.h"
#include "platform/bfd/transport.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace torii::bfd {

struct SessionConfig {
    Path path;
    Parameters parameters;
    friend bool operator==(const SessionConfig&, const SessionConfig&) = default;
};

// A copy of a session's state, to be looked at on another thread.
struct SessionStatus {
    Path path;
    Parameters parameters;
    std::uint32_t discriminator = 0;
    State state = State::down;
    Diagnostic diagnostic = Diagnostic::none;
    bool failed = false;
    Duration age{0};  // of the state
    Duration transmit_interval{0};
    Duration detection_time{0};
    RemoteFacts remote;
    SessionCounters counters;
};

// All sessions of a process.
class Service {
public:
    using Changed = std::function<void(const SessionStatus&)>;

    // `independent`: see Session. `changed` is told of every new state.
    Service(Scheduler& scheduler, Transport& transport, bool independent, Changed changed);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    // All of them: those that are there already go on, those that are missing are closed.
    void configure(const std::vector<SessionConfig>& sessions);
    [[nodiscard]] std::vector<SessionStatus> sessions() const;
    // Packets that belong to no session, or are none.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

private:
    using Key = std::pair<IpAddress, bool>;  // the peer, and whether it is several hops away
    struct Entry {
        SessionConfig config;
        std::unique_ptr<Channel> channel;
        std::unique_ptr<Session> session;
        Timer farewell;  // when it is closed
    };
    using EntryPtr = std::shared_ptr<Entry>;

    void open(const SessionConfig& config);
    void close(const EntryPtr& entry);
    void receive(const Arrival& arrival, Bytes octets);
    [[nodiscard]] Entry* find(const Arrival& arrival, const ControlPacket& packet) const;
    [[nodiscard]] std::uint32_t free_discriminator();
    [[nodiscard]] SessionStatus status(const Entry& entry) const;

    Scheduler& scheduler_;
    Transport& transport_;
    bool independent_;
    Changed changed_;
    std::mt19937 random_;
    std::map<Key, EntryPtr> entries_;
    // Those that are being closed, too.
    boost::unordered_flat_map<std::uint32_t, EntryPtr> by_discriminator_;
    std::uint64_t refused_ = 0;
};

}  // namespace torii::bfd
