#pragma once

#include "controlplane/rib/adj_rib_out.h"
#include "controlplane/speaker/neighbor.h"

#include <cstddef>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace torii::speaker {

// One peer's place in an update group of one family.
struct Member {
    Neighbor* neighbor = nullptr;
    rib::OutMember out;
    // Prefixes whose current state the peer has not got, and what it was sent before. Bounded by
    // the table: a peer that reads slowly gets the latest state only.
    std::unordered_map<Prefix, rib::OutRoute> pending;
    std::size_t sent = 0;         // prefixes that the peer has
    bool end_of_rib_due = false;  // the initial table is under way
};

// Sends one family's best paths to all peers. Peers for whom routes change in the same way share
// their Adj-RIB-Out and, when they get the same changes, the encoded messages.
class UpdateSender {
public:
    UpdateSender(bgp::Family family, const rib::Table& table, rib::AttributeStore& store);

    // The session is up: the whole table, then End-of-RIB. For a peer that is there already: the
    // difference that other rules make.
    void join(Neighbor& neighbor, const rib::ExportRules& rules, const bgp::UpdateContext& context);
    void leave(rib::PeerId peer);
    // RFC 2918: all of it again.
    void refresh(rib::PeerId peer);
    // After rib::Table::select().
    void update(std::span<const rib::Change> changes);
    // Sends what is due, as far as the peers' queues take it.
    void flush(bool end_of_rib_allowed);

    [[nodiscard]] bool has_pending(rib::PeerId peer) const;
    // Prefixes that a peer has.
    [[nodiscard]] std::size_t sent(rib::PeerId peer) const;
    [[nodiscard]] std::vector<rib::PeerId> receivers(rib::EntryId id) const;
    // What a peer gets of a prefix, or null.
    [[nodiscard]] const rib::OutRoute* route(rib::PeerId peer, rib::EntryId id) const;
    [[nodiscard]] std::size_t groups() const { return groups_.size(); }

private:
    struct Group {
        Group(const rib::ExportRules& rules, const bgp::UpdateContext& update_context,
              const rib::Table& table, rib::AttributeStore& store)
            : out(rules, table, store), context(update_context) {}

        rib::AdjRibOut out;
        bgp::UpdateContext context;
        std::vector<Member> members;
    };
    struct Place {
        Group* group = nullptr;
        std::size_t member = 0;
    };

    Group& group_for(const rib::ExportRules& rules, const bgp::UpdateContext& context);
    [[nodiscard]] Place place_of(rib::PeerId peer) const;
    void remove(const Place& place);
    void distribute(Group& group, std::span<const rib::OutChange> changes);
    // One batch of what is pending; false when the queue of the peer is full or nothing is left.
    bool send_batch(Group& group, Member& member);

    bgp::Family family_;
    const rib::Table& table_;
    rib::AttributeStore& store_;
    std::vector<std::unique_ptr<Group>> groups_;
};

}  // namespace torii::speaker
