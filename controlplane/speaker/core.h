#pragma once

#include "controlplane/bgp/graceful_restart.h"
#include "controlplane/rib/aggregates.h"
#include "controlplane/rib/importer.h"
#include "controlplane/rib/table.h"
#include "controlplane/speaker/neighbor.h"
#include "controlplane/speaker/session_observer.h"
#include "controlplane/speaker/speaker.h"
#include "controlplane/speaker/update_sender.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace torii::speaker {

// A speaker without sockets: neighbors, tables, selection and export over any Transport, on any
// Scheduler. Speaker runs it on real ones, tests on simulated ones.
class Core final : public NeighborHost, public Acceptor, public RouteSource {
public:
    Core(Scheduler& scheduler, Transport& transport, SpeakerEvents events, bgp::Jitter jitter,
         std::shared_ptr<rib::PrefixNumbers> prefixes = nullptr);
    ~Core() override;

    // As in Speaker.
    Result<void> configure(const SpeakerConfig& config);
    void set_routes(std::vector<LocalRoute> routes);
    void set_next_hop_check(const std::function<bool(const IpAddress&)>& reachable);
    void recheck_next_hops();
    void shutdown();
    [[nodiscard]] std::size_t clear(const ClearTarget& target, ClearKind kind);
    // In core_watch.cpp.
    [[nodiscard]] std::vector<WatchedPeer> watched() const;
    void peer_failed(const IpAddress& address, bool independent);

    [[nodiscard]] ipc::BgpSummary summary(bgp::Family family) const;
    [[nodiscard]] std::vector<ipc::BgpNeighborState> neighbors(
        const std::optional<IpAddress>& address) const;
    [[nodiscard]] ipc::BgpTable table(const TableView& view,
                                      const std::optional<Prefix>& prefix) const;
    [[nodiscard]] ipc::BgpTable table_head(const TableView& view) const;
    [[nodiscard]] std::vector<Prefix> prefixes(bgp::Family family) const;
    [[nodiscard]] ipc::BgpTableEntry entry(const TableView& view, const Prefix& prefix) const;
    [[nodiscard]] std::optional<Prefix> longest_match(const IpAddress& address) const;
    [[nodiscard]] std::shared_ptr<const policy::Library> policies() const {
        return config_.policies;
    }
    // Connections that were closed because nobody expects their address, they come from too far,
    // or their places were wanted.
    [[nodiscard]] std::uint64_t rejected_connections() const { return rejected_connections_; }

    // Acceptor.
    [[nodiscard]] bool expects(const IpAddress& remote) override;
    void incoming(std::unique_ptr<Connection> connection) override;

    // RouteSource, in core_monitor.cpp.
    void add_observer(SessionObserver& observer) override;
    void remove_observer(SessionObserver& observer) override;
    void each_session(const std::function<void(const ObservedSession&)>& visit) const override;
    [[nodiscard]] rib::PathCounts received_counts(const IpAddress& peer,
                                                  bgp::Family family) const override;
    bool read_received(const IpAddress& peer, bgp::Family family, rib::EntryId& next,
                       std::size_t limit, std::vector<std::uint8_t>& out) const override;
    [[nodiscard]] std::vector<TablePeer> table_peers() const override;
    bool read_table(bgp::Family family, rib::EntryId& next, std::size_t limit,
                    const VisitPaths& visit) const override;

    // NeighborHost.
    [[nodiscard]] std::span<SessionObserver* const> observers() const override {
        return observers_;
    }
    [[nodiscard]] bgp::ReceivedUpdates& received_updates() override { return received_updates_; }
    void session_up(Neighbor& neighbor, const bgp::Negotiated& negotiated) override;
    void session_down(Neighbor& neighbor) override;
    void expect(Neighbor& neighbor, const bgp::Update& update) override;
    void deliver(Neighbor& neighbor, const bgp::Update& update) override;
    void refresh(Neighbor& neighbor, bgp::Family family) override;
    void begin_refresh(Neighbor& neighbor, bgp::Family family) override;
    void end_refresh(Neighbor& neighbor, bgp::Family family) override;
    void mark_stale(Neighbor& neighbor, const bgp::MarkStale& mark) override;
    void mark_long_lived(Neighbor& neighbor, bgp::FamilySet families) override;
    void sweep_stale(Neighbor& neighbor, bgp::FamilySet families) override;
    void flush(Neighbor& neighbor, bgp::FamilySet families) override;
    void drained(Neighbor& neighbor) override;
    [[nodiscard]] bool logs_sessions() const override { return config_.log_neighbor_changes; }
    void settled(Neighbor& neighbor) override;

private:
    struct FamilyState {
        FamilyState(bgp::Family family_of, rib::Stores& stores, Scheduler& scheduler,
                    std::function<void()> due)
            : family(family_of),
              table(stores),
              aggregates(table, stores),
              sender(family_of, table, stores, scheduler, std::move(due)) {}

        bgp::Family family;
        rib::Table table;
        rib::Aggregates aggregates;
        UpdateSender sender;
    };
    struct Record {
        std::unique_ptr<Neighbor> neighbor;
        // Of the last session, by family.
        std::array<std::unique_ptr<rib::Importer>, 2> importers;
        // Likewise, where the peer is not on the network of that address of ours.
        std::optional<IpAddress> far_local;
        std::array<bool, 2> limit_warned{};  // near the limit of prefixes, or beyond it
        bool over_limit = false;             // more prefixes than allowed
        bool reimporting = false;            // which of them are accepted is being decided anew
        bool held_down = false;              // for that
        Timer retry;                         // ends it
        Timer patience;                      // with a peer that has restarted too
    };
    using Records = std::map<IpAddress, Record>;

    void tell_watched() const;
    void tell_session(const Neighbor& neighbor, bool up) const;
    // Before the tables know: see SpeakerEvents::lost.
    void tell_lost(const Neighbor& neighbor, bgp::FamilySet families);
    [[nodiscard]] rib::Audience audience_of(const LocalRoute& route);
    [[nodiscard]] Result<void> configure_transport(const SpeakerConfig& config);
    void keep_policies(const SpeakerConfig& before);
    void configure_families();
    void configure_aggregates(FamilyState& family, const FamilyConfig& config);
    void configure_peers(const SpeakerConfig& before);
    void change_peer(Record& record, const bgp::PeerConfig& config, bool rebuild);
    void add_peer(const bgp::PeerConfig& config);
    Records::iterator remove_peer(Records::iterator record, const bgp::Notification& notification);
    [[nodiscard]] std::unique_ptr<Neighbor> make_neighbor(rib::PeerId id,
                                                          const bgp::PeerConfig& config);
    [[nodiscard]] rib::PeerId free_id() const;
    [[nodiscard]] const DynamicNeighbors* range_of(const IpAddress& remote) const;
    // The configuration of a neighbor that connected from inside a range.
    [[nodiscard]] static bgp::PeerConfig dynamic_peer(const DynamicNeighbors& range,
                                                      const IpAddress& address);
    void clear(Record& record, ClearKind kind);
    // The configuration of whom a connection from there would be with; null: of nobody.
    [[nodiscard]] const bgp::PeerConfig* config_of(const IpAddress& remote) const;
    [[nodiscard]] static bool is_member(const Records::value_type& entry,
                                        const DynamicNeighbors& range);
    [[nodiscard]] std::size_t members(const DynamicNeighbors& range) const;
    // For another member, be it in place of one that has not said anything.
    [[nodiscard]] bool has_room(const DynamicNeighbors& range) const;
    // For another connection that may stay silent.
    void make_room();
    // The peer that has been silent for longest, of all or of those that have nothing else and are
    // in a range.
    void evict_silent(const DynamicNeighbors* range);
    [[nodiscard]] bgp::LocalSpeaker local_speaker() const;
    // Applies the import rules again to all that the peer said.
    void reimport(Record& record, FamilyState& family);
    void apply_session_rules(Record& record, const bgp::Negotiated& negotiated);
    void learn(Record& record, const bgp::Reach& reach, const bgp::Update& update);
    // How many prefixes count for the limit.
    [[nodiscard]] std::uint64_t limited(const Record& record, bgp::Family family) const;
    void check_limit(Record& record, bgp::Family family);
    // It is another now, or other paths are accepted: what is there already may be too much.
    void recheck_limit(Record& record);
    void change_limit(Record& record);
    // Of peers whose paths are decided about anew. True: a session has ended.
    bool recheck_limits();
    void hold_down(Record& record);
    void hold_down(Record& record, std::chrono::minutes pause, const bgp::Notification& reason);
    // Asks whether memory is short, and ends the session that takes most of it.
    void look_at_memory();
    void release(Record& record);
    [[nodiscard]] policy::Chain chain(const std::vector<std::string>& names) const;
    void apply_import_rules(Record& record, FamilyState& family, const rib::ImportRules& rules);
    // Unset: its policy rejects it.
    [[nodiscard]] std::optional<rib::Path> local_path(const LocalRoute& route);
    void originate(const Prefix& prefix, const LocalRoute& route);
    void wait_for_routes(Record& record, const bgp::Negotiated& negotiated);
    // With the first configuration.
    void prepare_deferral();
    void begin_deferral(Seconds longest);
    // With the first session.
    void begin_update_delay();
    void end_deferral();
    // Whether OPENs carry the restart state bit. Who only originates waits for nobody and has its
    // End-of-RIB out at once, so it keeps saying so, as Cilium's agent does.
    [[nodiscard]] bool says_restarting() const {
        return restarting_ || (config_.originate_only && config_.after_restart);
    }
    void schedule_turn();
    void turn();
    // For about a millisecond. True: there is more to do.
    bool select_and_send();
    // Its changes, yet to be released.
    [[nodiscard]] std::vector<rib::Change> select(FamilyState& family,
                                                  std::vector<SelectedRoutes>& selected);
    void remove_gone();
    [[nodiscard]] FamilyState& state(bgp::Family family) {
        return *families_[static_cast<std::size_t>(family)];
    }
    [[nodiscard]] const FamilyState& state(bgp::Family family) const {
        return *families_[static_cast<std::size_t>(family)];
    }
    [[nodiscard]] Record& record_of(const Neighbor& neighbor);
    [[nodiscard]] const Neighbor* find(const IpAddress& address) const;
    [[nodiscard]] const Neighbor* find(rib::PeerId id) const;

    // To the observers, what a peer has not repeated in a refresh: nobody withdraws that.
    void tell_dropped(const Neighbor& neighbor, bgp::Family family) const;
    [[nodiscard]] ipc::BgpTableEntry report_entry(const FamilyState& family, rib::EntryId id) const;
    [[nodiscard]] ipc::BgpTableEntry report_advertised(const FamilyState& family, rib::EntryId id,
                                                       const Neighbor& neighbor) const;
    [[nodiscard]] ipc::BgpTableEntry report_learned(const FamilyState& family, rib::EntryId id,
                                                    const Neighbor& neighbor,
                                                    bool before_policy) const;
    [[nodiscard]] ipc::BgpPath report_path(const FamilyState& family, const rib::Entry& entry,
                                           const rib::Path& path) const;
    // `path` is the one that is sent; null: it has gone.
    [[nodiscard]] ipc::BgpPath report_sent(const SentRoute& sent, const rib::Path* path) const;
    [[nodiscard]] ipc::BgpNeighborState report_neighbor(const Record& record) const;
    void report_limit(const Record& record, ipc::BgpNeighborState& out) const;

    Scheduler& scheduler_;
    Transport& transport_;
    SpeakerEvents events_;
    bgp::Jitter jitter_;
    SpeakerConfig config_;
    bool configured_ = false;
    bool routes_set_ = false;
    bool deferring_ = false;   // selection waits: after a restart (RFC 4724 section 4.1), or for
                               // the update delay
    bool restarting_ = false;  // it is the former
    bool update_delay_due_ = false;
    bool converged_told_ = false;
    bool turn_scheduled_ = false;
    bool loss_told_ = false;    // and not yet that it is settled
    bool reimporting_ = false;  // some record is
    std::size_t learned_ = 0;   // routes, since memory was looked at
    std::uint64_t rejected_connections_ = 0;
    bool crowd_told_ = false;
    std::map<Prefix, LocalRoute> local_routes_;
    std::vector<SessionObserver*> observers_;
    bgp::ReceivedUpdates received_updates_;

    rib::Stores stores_;
    std::array<std::unique_ptr<FamilyState>, 2> families_;
    bgp::SelectionDeferral deferral_;
    Records records_;
    std::unordered_map<rib::PeerId, IpAddress, StrongHash> addresses_;
    Timer deferral_timer_;
    Timer establish_timer_;
    Timer turn_;
};

}  // namespace torii::speaker
