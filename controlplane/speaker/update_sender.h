#pragma once

#include "controlplane/rib/adj_rib_out.h"
#include "controlplane/rib/id_set.h"
#include "controlplane/speaker/neighbor.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace torii::speaker {

// One peer's place in an update group of one family. A peer that keeps up has what its group has,
// and nothing is kept for it.
struct Member {
    Neighbor* neighbor = nullptr;
    rib::OutMember out;
    // Routes whose current state the peer has not got, and those of them of which it has an earlier
    // one. Bounded by the table: a peer that reads slowly gets the latest state only.
    rib::IdSet pending;
    rib::IdSet had;
    rib::IdSet held;             // of `had`, whose numbers are held, as nobody else may need them
    rib::OutId next = 0;         // where to go on in `pending`
    std::size_t sent = 0;        // routes that the peer has
    bool end_of_rib_due = true;  // the initial table is under way
    bool refresh_due = false;    // a refresh is; its end is to be marked (RFC 7313)
    // With an interval between advertisements (RFC 4271 section 9.2.1.1) what changes is pending
    // until it is over, then goes in one sweep through the routes: what changes behind the place
    // that it has reached is of the next one.
    Seconds interval{0};
    Timer pause_end;         // of the interval after a sweep
    bool pausing = false;    // until then
    bool announced = false;  // something in this sweep

    [[nodiscard]] bool behind() const { return !pending.empty(); }
    // All of the table is under way, which waits for nothing.
    [[nodiscard]] bool whole_table_due() const { return end_of_rib_due || refresh_due; }
};

// A route as a peer gets it.
struct SentRoute {
    bgp::PathAttributes attributes;
    rib::PathId id = 0;               // RFC 7911; 0: only the best path is sent
    std::optional<rib::PathKey> key;  // as it came; unset: it is the best one
};

// Sends one family's best paths to all peers. Peers for whom routes change in the same way share
// their Adj-RIB-Out and, when they keep up, the encoded messages.
class UpdateSender {
public:
    // `due`: flush() has something to send again.
    UpdateSender(bgp::Family family, const rib::Table& table, rib::Stores& stores,
                 Scheduler& scheduler, std::function<void()> due);
    ~UpdateSender();
    UpdateSender(const UpdateSender&) = delete;
    UpdateSender& operator=(const UpdateSender&) = delete;

    // The session is up: the whole table, then End-of-RIB. For a peer that is there already: the
    // difference that other rules make.
    void join(Neighbor& neighbor, const rib::ExportRules& rules, const bgp::UpdateContext& context);
    void leave(rib::PeerId peer);
    // RFC 2918: all of it again.
    void refresh(rib::PeerId peer);
    // Somebody gets more than the best path of a prefix.
    [[nodiscard]] bool sends_several() const;
    // After rib::Table::select(), of every change if it sends several paths; before release().
    void update(std::span<const rib::Change> changes);
    // Sends what is due, as far as the peers' queues take it: a portion for each, or less when it
    // is `enough` for this turn. True: there is more that could be sent at once.
    bool flush(bool end_of_rib_allowed, const std::function<bool()>& enough);

    // The peer has not been sent everything.
    [[nodiscard]] bool behind(rib::PeerId peer) const;
    // A default route that is in no table is among what the peer gets.
    [[nodiscard]] bool originates_default(rib::PeerId peer) const;
    // Routes that a peer has.
    [[nodiscard]] std::size_t sent(rib::PeerId peer) const;
    [[nodiscard]] std::vector<rib::PeerId> receivers(rib::EntryId id) const;
    // What a peer gets of a prefix.
    [[nodiscard]] std::vector<SentRoute> routes(rib::PeerId peer, rib::EntryId id) const;
    [[nodiscard]] std::size_t groups() const { return groups_.size(); }

private:
    struct Group {
        Group(const rib::ExportRules& rules, const bgp::UpdateContext& update_context,
              const rib::Table& table, rib::Stores& stores)
            : out(rules, table, stores), context(update_context) {}

        void add(std::unique_ptr<Member> member);
        // The group may not need the number any more, but the member does.
        void hold(Member& member, rib::OutId id);
        // The route is not pending any more. Returns whether the member had it.
        bool settle(Member& member, rib::OutId id);

        rib::AdjRibOut out;
        bgp::UpdateContext context;
        std::vector<std::unique_ptr<Member>> members;
        std::size_t turn = 0;  // the member that was served last
        boost::unordered_flat_map<rib::PeerId, Member*, StrongHash> by_peer;
        boost::unordered_flat_map<IpAddress, Member*, IpAddressHash> by_address;
    };
    struct Place {
        Group* group = nullptr;
        Member* member = nullptr;
    };
    class Batch;

    Group& group_for(const rib::ExportRules& rules, const bgp::UpdateContext& context);
    [[nodiscard]] Place place_of(rib::PeerId peer) const;
    // The member is handed out.
    std::unique_ptr<Member> remove(const Place& place);
    static void keep_what_it_has(Group& group, Member& member);
    void distribute(Group& group, const rib::OutChanges& changes);
    // One batch of what is pending. False: nothing was to be sent, or the peer's queue is full.
    bool send_batch(Group& group, Member& member);
    // The next of what is pending that may go now; else nothing.
    [[nodiscard]] std::optional<rib::OutId> next_pending(Member& member);
    // What marks the end of a table, if all of it is sent.
    void end_table(Member& member, bool end_of_rib_allowed);
    void pause(Member& member);
    static void end_pause(Member& member);

    bgp::Family family_;
    const rib::Table& table_;
    rib::Stores& stores_;
    Scheduler& scheduler_;
    std::function<void()> due_;
    std::vector<std::unique_ptr<Group>> groups_;
};

}  // namespace torii::speaker
