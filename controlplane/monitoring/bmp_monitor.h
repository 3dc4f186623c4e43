#pragma once

#include "controlplane/monitoring/bmp.h"
#include "controlplane/monitoring/bmp_station.h"
#include "controlplane/monitoring/session_watch.h"
#include "platform/base/clock.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <platform/ipc/proto/controlplane.pb.h>
#include <string>
#include <vector>

namespace torii::monitoring {

struct BmpConfig {
    std::string system_name;
    std::string system_description;
    std::vector<BmpStationConfig> stations;
};

// Tells BMP stations of the sessions of a speaker (RFC 7854): first of those that are up, then what
// each peer has announced (Adj-RIB-In before policy) in portions, and everything new as it comes.
class BmpMonitor final : public SessionWatch, public BmpStationHost {
public:
    // `clock` tells the time of day; `source` outlives this.
    BmpMonitor(Scheduler& scheduler, speaker::Transport& transport, speaker::RouteSource& source,
               std::function<UnixTime()> clock);
    // Stations hear that it is over.
    ~BmpMonitor() override;

    // The whole configuration; stations that do not differ are left alone.
    void configure(const BmpConfig& config);
    [[nodiscard]] ipc::BmpStations stations() const;

    // SessionObserver.
    void session_up(const speaker::ObservedSession& session) override;
    void session_down(const IpAddress& peer, const bgp::SessionDown& down) override;
    void update_received(const IpAddress& peer, Bytes messages, bgp::Verdict verdict) override;

    // BmpStationHost.
    void connected(BmpStation& station) override;
    void wants_more() override { schedule_turn(); }
    void statistics_due(BmpStation& station) override;

private:
    // SessionWatch.
    void add_session(const speaker::ObservedSession& session) override;
    void forget_sessions() override { sessions_.clear(); }

    struct Session {
        BmpPeer peer;
        Octets peer_up;  // the whole message
        bgp::FamilySet families;
        std::uint32_t treated_as_withdraw = 0;
    };

    void tell(const Octets& message);
    void wrap(const BmpPeer& peer, Bytes updates, Octets& out, std::size_t& messages) const;
    void flush();
    void schedule_turn();
    void turn();
    // A portion of what the station has yet to be told.
    void send_portion(BmpStation& station);
    [[nodiscard]] bool any_up() const;
    [[nodiscard]] TimePoint now() const { return scheduler_.now(); }

    Scheduler& scheduler_;
    speaker::Transport& transport_;
    std::function<UnixTime()> clock_;
    BmpConfig config_;
    std::map<IpAddress, Session> sessions_;
    std::map<std::string, std::unique_ptr<BmpStation>> stations_;
    Octets news_;  // for all stations, since the last turn
    std::size_t news_messages_ = 0;
    bool turn_scheduled_ = false;
    Timer turn_;
};

}  // namespace torii::monitoring
