#pragma once

#include "controlplane/bgp/types.h"
#include "controlplane/rib/table.h"
#include "controlplane/speaker/transport.h"
#include "platform/base/clock.h"
#include "platform/base/ip_address.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace torii::monitoring {

// A collector of BMP messages that we connect to.
struct BmpStationConfig {
    std::string name;
    IpAddress address;
    std::uint16_t port = 0;
    std::optional<IpAddress> source;
    Seconds statistics_interval{60};  // 0: no reports
    std::size_t buffer_limit = std::size_t{16} << 20U;

    friend bool operator==(const BmpStationConfig&, const BmpStationConfig&) = default;
};

class BmpStation;

// What a station asks of the monitor that it belongs to.
class BmpStationHost {
public:
    BmpStationHost() = default;
    BmpStationHost(const BmpStationHost&) = delete;
    BmpStationHost& operator=(const BmpStationHost&) = delete;
    virtual ~BmpStationHost() = default;

    // It is connected: it wants to be told where we stand, by begin().
    virtual void connected(BmpStation& station) = 0;
    // It takes more of the tables.
    virtual void wants_more() = 0;
    virtual void statistics_due(BmpStation& station) = 0;
};

// The connection to one collector: dialed again and again with growing pauses, and begun anew when
// the collector does not keep up (RFC 7854 section 3.2). Knows nothing of what the messages say.
class BmpStation final : public speaker::ConnectionHandler {
public:
    // The tables are sent no further ahead of the collector than this.
    static constexpr std::size_t kAhead = std::size_t{256} << 10U;
    static constexpr Seconds kRetryMin{1};
    static constexpr Seconds kRetryMax{60};
    static constexpr Seconds kConnectTime{30};
    // A collector that takes nothing for so long is dead.
    static constexpr Seconds kStalled{90};

    enum class State : std::uint8_t { waiting, connecting, up };
    struct Counters {
        std::uint64_t connections = 0;
        std::uint64_t connect_failures = 0;
        std::uint64_t overruns = 0;  // dropped because it did not keep up
        std::uint64_t messages = 0;
        std::uint64_t octets = 0;
    };
    // A part of the tables that it has yet to be told.
    struct Job {
        IpAddress peer;
        bgp::Family family = bgp::Family::ipv4_unicast;
        rib::EntryId next = 0;
    };

    BmpStation(BmpStationHost& host, Scheduler& scheduler, speaker::Transport& transport,
               BmpStationConfig config);
    ~BmpStation() override;

    void start() { dial(); }
    // A last message, then it is over.
    void stop(const speaker::SharedOctets& farewell);
    // The first messages.
    void begin(const speaker::SharedOctets& octets, std::size_t messages);
    // News, unless it is not up. Ends the connection when too much waits already.
    void tell(const speaker::SharedOctets& octets, std::size_t messages);
    // What it has been ready for.
    void send(const speaker::SharedOctets& octets, std::size_t messages);

    void add_job(const Job& job) { jobs_.push_back(job); }
    // The peer's session is over, and with it what was to be told of it.
    void forget(const IpAddress& peer);
    [[nodiscard]] std::deque<Job>& jobs() { return jobs_; }
    [[nodiscard]] const std::deque<Job>& jobs() const { return jobs_; }
    [[nodiscard]] bool takes_more() const;

    [[nodiscard]] const BmpStationConfig& config() const { return config_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] TimePoint since() const { return since_; }
    // Of the next attempt; meaningful while waiting.
    [[nodiscard]] TimePoint retry_at() const { return retry_at_; }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] const std::string& last_error() const { return last_error_; }
    [[nodiscard]] std::size_t queued() const { return connection_ ? connection_->queued() : 0; }
    [[nodiscard]] const speaker::ConnectionInfo* info() const;

    // ConnectionHandler.
    void connected() override;
    void failed() override;
    // Collectors have nothing to say (RFC 7854 section 3.2).
    std::size_t received(Bytes octets) override { return octets.size(); }
    void advanced() override;
    void drained() override;

private:
    void dial();
    void drop(std::string reason);
    void enter(State state);
    void schedule_statistics();
    void watch_progress();

    BmpStationHost& host_;
    Scheduler& scheduler_;
    speaker::Transport& transport_;
    BmpStationConfig config_;
    State state_ = State::waiting;
    TimePoint since_;
    TimePoint retry_at_;
    Seconds pause_ = kRetryMin;
    std::deque<Job> jobs_;
    Counters counters_;
    std::string last_error_;
    Timer timer_;  // to dial again, or that bounds the attempt
    Timer statistics_;
    Timer progress_;  // runs while something is queued
    std::unique_ptr<speaker::Connection> connection_;
};

}  // namespace torii::monitoring
