#include "controlplane/speaker/update_sender.h"

#include "controlplane/speaker/update_batch.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <tuple>
#include <utility>

namespace torii::speaker {
namespace {

// A peer with more than this in its queue is not given more; what changes meanwhile is merged.
constexpr std::size_t kQueueLimit = std::size_t{1} << 20U;
// Prefixes that are encoded for a peer, or taken in by a group, in one turn of the loop.
constexpr std::size_t kBatch = 2000;

auto key(const bgp::UpdateContext& context) {
    return std::tuple(context.internal, context.four_octet_as, context.extended_message,
                      context.extended_next_hop,
                      context.add_path_send.contains(bgp::Family::ipv4_unicast),
                      context.add_path_send.contains(bgp::Family::ipv6_unicast));
}

// The member's view of changes, for one that is not in step with its group.
void note(Member& member, const rib::OutChanges& changes, const rib::OutRun& run) {
    const bool was = member.out.gets(run.before);
    const bool is = member.out.gets(run.after);
    if (!was && !is) return;
    if (was && is && run.attributes == 0) return;
    for (const rib::OutId id : changes.ids(run)) {
        if (member.pending.insert(id) && was) member.had.insert(id);
    }
}

void send(Member& member, const SharedOctets& octets, std::size_t messages) {
    if (messages != 0) member.neighbor->send_updates(octets, messages);
}

}  // namespace

// The changes of one turn, encoded once for a whole group. A change looks different to few members
// only: to the one that the route comes from, and to the one whose address is the next hop. Changes
// that concern the same ones stand together, and each member gets the parts that do not concern it.
class UpdateSender::Batch {
public:
    Batch(Group& group, const rib::OutChanges& changes, bgp::Family family);

    void send_to(Member& member);

private:
    static constexpr std::size_t kConcernedMost = 4;
    using Concerned = std::array<Member*, kConcernedMost>;

    struct Part {
        Concerned concerned{};
        bool limited = false;  // meant for some members only: each is looked at
        std::vector<const rib::OutRun*> runs;
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t messages = 0;
        std::ptrdiff_t growth = 0;  // of the members' tables
    };

    void add(const rib::OutRun& run);
    void concern(const rib::OutRoute& route, Part& part) const;
    std::size_t part_like(const Part& part);
    void encode(Part& part, std::vector<std::uint8_t>& octets);
    void send_run(Member& member, std::size_t first, std::size_t last);
    // Of a member that gets advertisements at intervals only.
    void send_withdrawals(Member& member);

    bgp::Family family_;
    Group& group_;
    const rib::OutChanges& changes_;
    UpdateBatch encoder_;
    std::vector<Part> parts_;
    std::size_t last_part_ = 0;  // of the run before
    boost::unordered_flat_map<std::pair<Concerned, bool>, std::size_t> index_;
    boost::unordered_flat_map<const Member*, std::vector<std::size_t>> parts_of_;
    std::vector<std::size_t> limited_;
    SharedOctets octets_;
};

UpdateSender::Batch::Batch(Group& group, const rib::OutChanges& changes, bgp::Family family)
    : family_(family), group_(group), changes_(changes), encoder_(group.context, family) {
    for (const rib::OutRun& run : changes.runs()) add(run);
    std::vector<std::uint8_t> octets;
    for (std::size_t index = 0; index < parts_.size(); ++index) {
        Part& part = parts_[index];
        encode(part, octets);
        if (part.limited) limited_.push_back(index);
        for (const Member* member : part.concerned) {
            if (member != nullptr) parts_of_[member].push_back(index);
        }
    }
    octets_ = SharedOctets(std::move(octets));
}

void UpdateSender::Batch::add(const rib::OutRun& run) {
    Part part;
    concern(run.before, part);
    concern(run.after, part);
    std::ranges::sort(part.concerned);
    const bool as_before = !parts_.empty() && parts_[last_part_].limited == part.limited &&
                           parts_[last_part_].concerned == part.concerned;
    if (!as_before) last_part_ = part_like(part);
    parts_[last_part_].runs.push_back(&run);
}

void UpdateSender::Batch::concern(const rib::OutRoute& route, Part& part) const {
    if (!route.sent) return;
    part.limited = part.limited || route.audience;
    const auto add = [&](Member* member) {
        if (std::ranges::count(part.concerned, member) != 0) return;
        *std::ranges::find(part.concerned, nullptr) = member;
    };
    const auto source = group_.by_peer.find(route.source);
    if (source != group_.by_peer.end()) add(source->second);
    const auto next_hop = group_.by_address.find(route.next_hop);
    if (next_hop != group_.by_address.end()) add(next_hop->second);
}

std::size_t UpdateSender::Batch::part_like(const Part& part) {
    const auto [found, is_new] = index_.try_emplace({part.concerned, part.limited}, parts_.size());
    if (is_new) parts_.push_back(part);
    return found->second;
}

void UpdateSender::Batch::encode(Part& part, std::vector<std::uint8_t>& octets) {
    part.begin = part.end = octets.size();
    if (part.limited) return;
    const rib::AdjRibOut::Memo& made = group_.out.batch();
    for (const rib::OutRun* run : part.runs) {
        const std::span<const rib::OutId> ids = changes_.ids(*run);
        const auto count = static_cast<std::ptrdiff_t>(ids.size());
        part.growth += run->after.sent ? count : 0;
        part.growth -= run->before.sent ? count : 0;
        if (!run->after.sent) {
            encoder_.withdraw(group_.out, ids);
        } else if (run->attributes != 0) {
            encoder_.announce(group_.out, ids, run->attributes, made);
        }
    }
    part.messages = encoder_.write(octets);
    part.end = octets.size();
}

void UpdateSender::Batch::send_to(Member& member) {
    const bool takes_more = member.neighbor->queued() < kQueueLimit;
    if (takes_more && member.interval.count() != 0) return send_withdrawals(member);
    if (!takes_more || member.behind()) {
        for (const rib::OutRun& run : changes_.runs()) note(member, changes_, run);
        return;
    }
    std::vector<std::size_t> apart = limited_;
    const auto own = parts_of_.find(&member);
    if (own != parts_of_.end()) {
        apart.insert(apart.end(), own->second.begin(), own->second.end());
        std::ranges::sort(apart);
        apart.erase(std::unique(apart.begin(), apart.end()), apart.end());
    }
    std::size_t first = 0;
    for (const std::size_t index : apart) {
        send_run(member, first, index);
        first = index + 1;
        for (const rib::OutRun* run : parts_[index].runs) note(member, changes_, *run);
    }
    send_run(member, first, parts_.size());
}

// RFC 4271 section 9.2.1.1 would have withdrawals wait, too. As with others they do not: until then
// the peer would send packets where they are lost.
void UpdateSender::Batch::send_withdrawals(Member& member) {
    UpdateBatch batch(group_.context, family_);
    for (const rib::OutRun& run : changes_.runs()) {
        if (member.out.gets(run.after)) {
            note(member, changes_, run);
            continue;
        }
        const bool was = member.out.gets(run.before);
        for (const rib::OutId id : changes_.ids(run)) {
            const bool had = member.pending.contains(id) ? group_.settle(member, id) : was;
            if (!had) continue;
            --member.sent;
            batch.withdraw(group_.out, {&id, 1});
        }
    }
    std::vector<std::uint8_t> octets;
    const std::size_t messages = batch.write(octets);
    send(member, SharedOctets(std::move(octets)), messages);
}

void UpdateSender::Batch::send_run(Member& member, std::size_t first, std::size_t last) {
    if (first == last) return;
    std::size_t messages = 0;
    auto sent = static_cast<std::ptrdiff_t>(member.sent);
    for (std::size_t index = first; index < last; ++index) {
        messages += parts_[index].messages;
        sent += parts_[index].growth;
    }
    member.sent = static_cast<std::size_t>(sent);
    const std::size_t begin = parts_[first].begin;
    send(member, octets_.part(begin, parts_[last - 1].end - begin), messages);
}

void UpdateSender::Group::add(std::unique_ptr<Member> member) {
    by_peer.insert_or_assign(member->out.peer, member.get());
    by_address.insert_or_assign(member->out.address, member.get());
    members.push_back(std::move(member));
}

void UpdateSender::Group::hold(Member& member, rib::OutId id) {
    if (member.had.contains(id) && member.held.insert(id)) out.hold(id);
}

bool UpdateSender::Group::settle(Member& member, rib::OutId id) {
    member.pending.erase(id);
    if (member.held.erase(id)) out.drop(id);
    return member.had.erase(id);
}

UpdateSender::UpdateSender(bgp::Family family, const rib::Table& table, rib::Stores& stores,
                           Scheduler& scheduler, std::function<void()> due)
    : family_(family),
      table_(table),
      stores_(stores),
      scheduler_(scheduler),
      due_(std::move(due)) {}

UpdateSender::~UpdateSender() {
    while (!groups_.empty()) leave(groups_.back()->members.back()->out.peer);
}

void UpdateSender::join(Neighbor& neighbor, const rib::ExportRules& rules,
                        const bgp::UpdateContext& context) {
    const Place old = place_of(neighbor.id());
    const Seconds interval = neighbor.config().advertisement_interval;
    if (old.group != nullptr && std::exchange(old.member->interval, interval) != interval) {
        end_pause(*old.member);
    }
    if (old.group != nullptr && old.group->out.rules() == rules &&
        key(old.group->context) == key(context)) {
        return;
    }
    std::unique_ptr<Member> member;
    if (old.group != nullptr) {
        // Whether there are identifiers is settled with the session.
        assert((old.group->out.rules().paths == 0) == (rules.paths == 0));
        keep_what_it_has(*old.group, *old.member);
        member = remove(old);
    } else {
        member = std::make_unique<Member>();
        member->neighbor = &neighbor;
        member->interval = interval;
        member->out = {neighbor.id(), neighbor.config().address};
    }
    // What the group has not taken in yet will come as changes; but what the peer has already must
    // not look like news then.
    Group& group = group_for(rules, context);
    group.out.for_each([&](rib::OutId id) { member->pending.insert(id); });
    group.add(std::move(member));
}

// All that the member has is pending, and nothing else.
void UpdateSender::keep_what_it_has(Group& group, Member& member) {
    rib::AdjRibOut::Memo memo;
    group.out.for_each([&](rib::OutId id) {
        if (member.pending.contains(id) || !member.out.gets(group.out.route(id, memo))) return;
        member.pending.insert(id);
        member.had.insert(id);
    });
    for (auto id = member.pending.next(0); id; id = member.pending.next(*id + 1)) {
        if (member.had.contains(*id)) {
            group.hold(member, *id);
        } else {
            group.settle(member, *id);
        }
    }
}

void UpdateSender::leave(rib::PeerId peer) {
    const Place place = place_of(peer);
    if (place.group == nullptr) return;
    Member& member = *place.member;
    for (auto id = member.held.next(0); id; id = member.held.next(*id)) {
        place.group->settle(member, *id);
    }
    remove(place);
}

void UpdateSender::refresh(rib::PeerId peer) {
    const Place place = place_of(peer);
    if (place.group == nullptr) return;
    Member& member = *place.member;
    end_pause(member);  // the peer has asked for it
    member.next = 0;
    // RFC 7313 section 4.1: not before the End-of-RIB, which ends the initial table.
    const bgp::Negotiated* const negotiated = member.neighbor->peer().negotiated();
    if (!member.end_of_rib_due && negotiated != nullptr && negotiated->enhanced_refresh) {
        member.neighbor->send_refresh_marker(family_, bgp::kRefreshBegin);
        member.refresh_due = true;
    }
    Group& group = *place.group;
    rib::AdjRibOut::Memo memo;
    group.out.for_each([&](rib::OutId id) {
        if (!member.out.gets(group.out.route(id, memo))) return;
        // What goes meanwhile is still to be withdrawn: not all peers know when the table begins.
        if (member.pending.insert(id)) member.had.insert(id);
    });
}

bool UpdateSender::sends_several() const {
    return std::ranges::any_of(groups_,
                               [](const auto& group) { return group->out.rules().paths != 0; });
}

void UpdateSender::update(std::span<const rib::Change> changes) {
    for (const auto& group : groups_) distribute(*group, group->out.update(changes));
}

bool UpdateSender::flush(bool end_of_rib_allowed, const std::function<bool()>& enough) {
    bool more = false;
    for (const auto& group : groups_) {
        if (!group->out.filled()) {
            distribute(*group, group->out.fill(kBatch));
            more = true;
        }
        for (std::size_t count = 0; group->out.filled() && count < group->members.size(); ++count) {
            if (enough()) return true;
            // In turn, so that none waits for the others' tables.
            group->turn = (group->turn + 1) % group->members.size();
            Member& member = *group->members[group->turn];
            if (member.pausing) continue;
            if (member.behind()) {
                const bool sent = send_batch(*group, member);
                more = (sent && member.behind() && !member.pausing) || more;
            }
            if (member.behind()) continue;
            end_table(member, end_of_rib_allowed);
        }
    }
    return more;
}

void UpdateSender::end_table(Member& member, bool end_of_rib_allowed) {
    if (std::exchange(member.refresh_due, false)) {
        member.neighbor->send_refresh_marker(family_, bgp::kRefreshEnd);
        pause(member);
    }
    if (!member.end_of_rib_due || !end_of_rib_allowed) return;
    member.end_of_rib_due = false;
    member.neighbor->send_end_of_rib(family_);
    pause(member);
}

void UpdateSender::pause(Member& member) {
    if (member.interval.count() == 0 || member.whole_table_due()) return;
    if (!std::exchange(member.announced, false)) return;
    member.pausing = true;
    member.pause_end = scheduler_.after(member.interval, [this, &member] {
        end_pause(member);
        if (member.behind()) due_();
    });
}

void UpdateSender::end_pause(Member& member) {
    member.pausing = false;
    member.pause_end.reset();
}

bool UpdateSender::behind(rib::PeerId peer) const {
    const Place place = place_of(peer);
    return place.group != nullptr && place.member->behind();
}

std::size_t UpdateSender::sent(rib::PeerId peer) const {
    const Place place = place_of(peer);
    return place.group == nullptr ? 0 : place.member->sent;
}

bool UpdateSender::originates_default(rib::PeerId peer) const {
    const Place place = place_of(peer);
    return place.group != nullptr && place.group->out.originates_default();
}

std::vector<rib::PeerId> UpdateSender::receivers(rib::EntryId id) const {
    std::vector<rib::PeerId> peers;
    for (const auto& group : groups_) {
        std::vector<rib::OutRoute> routes;
        group->out.for_each(id, [&](rib::OutId out) { routes.push_back(group->out.route(out)); });
        for (const auto& member : group->members) {
            const auto gets = [&](const rib::OutRoute& route) { return member->out.gets(route); };
            if (std::ranges::any_of(routes, gets)) peers.push_back(member->out.peer);
        }
    }
    return peers;
}

std::vector<SentRoute> UpdateSender::routes(rib::PeerId peer, rib::EntryId id) const {
    std::vector<SentRoute> routes;
    const Place place = place_of(peer);
    if (place.group == nullptr) return routes;
    const rib::AdjRibOut& out = place.group->out;
    rib::AdjRibOut::Memo memo;
    out.for_each(id, [&](rib::OutId number) {
        if (!place.member->out.gets(out.route(number, memo))) return;
        routes.push_back({bgp::unpack(memo[out.attributes(number, memo)]), out.path_id(number),
                          out.path_key(number)});
    });
    return routes;
}

UpdateSender::Group& UpdateSender::group_for(const rib::ExportRules& rules,
                                             const bgp::UpdateContext& context) {
    for (const auto& group : groups_) {
        if (group->out.rules() == rules && key(group->context) == key(context)) return *group;
    }
    groups_.push_back(std::make_unique<Group>(rules, context, table_, stores_));
    return *groups_.back();
}

UpdateSender::Place UpdateSender::place_of(rib::PeerId peer) const {
    for (const auto& group : groups_) {
        const auto member = group->by_peer.find(peer);
        if (member != group->by_peer.end()) return {group.get(), member->second};
    }
    return {};
}

std::unique_ptr<Member> UpdateSender::remove(const Place& place) {
    auto& members = place.group->members;
    const auto found = std::ranges::find(members, place.member, &std::unique_ptr<Member>::get);
    std::unique_ptr<Member> member = std::move(*found);
    members.erase(found);
    place.group->by_peer.erase(member->out.peer);
    place.group->by_address.erase(member->out.address);
    if (members.empty()) {
        std::erase_if(groups_, [&](const auto& group) { return group.get() == place.group; });
    }
    return member;
}

void UpdateSender::distribute(Group& group, const rib::OutChanges& changes) {
    if (changes.empty()) return;
    Batch batch(group, changes, family_);
    for (const auto& member : group.members) {
        batch.send_to(*member);
        if (member->had.empty()) continue;
        for (const rib::OutRun& run : changes.runs()) {
            if (run.after.sent) continue;
            for (const rib::OutId id : changes.ids(run)) group.hold(*member, id);
        }
    }
    group.out.release(changes);
}

std::optional<rib::OutId> UpdateSender::next_pending(Member& member) {
    std::optional<rib::OutId> id = member.pending.next(member.next);
    if (!id) {
        pause(member);
        id = member.pausing ? std::nullopt : member.pending.next(0);
    }
    member.next = id ? *id + 1 : 0;
    return id;
}

bool UpdateSender::send_batch(Group& group, Member& member) {
    if (member.neighbor->queued() >= kQueueLimit) return false;
    UpdateBatch batch(group.context, family_);
    rib::AdjRibOut::Memo memo;
    for (std::size_t count = 0; count < kBatch; ++count) {
        const std::optional<rib::OutId> next = next_pending(member);
        if (!next) break;
        const rib::OutId id = *next;
        const bool had = member.had.contains(id);
        if (member.out.gets(group.out.route(id, memo))) {
            member.announced = true;
            if (!had) ++member.sent;
            batch.announce(group.out, {&id, 1}, group.out.attributes(id, memo), memo);
        } else if (had) {
            --member.sent;
            batch.withdraw(group.out, {&id, 1});
        }
        group.settle(member, id);
    }
    std::vector<std::uint8_t> octets;
    const std::size_t messages = batch.write(octets);
    send(member, SharedOctets(std::move(octets)), messages);
    return true;
}

}  // namespace torii::speaker
