#include "controlplane/speaker/update_sender.h"

#include "controlplane/bgp/update_builder.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace torii::speaker {
namespace {

// A peer with more than this in its queue is not given more; what changes meanwhile is merged.
constexpr std::size_t kQueueLimit = std::size_t{1} << 20U;
// Prefixes that are encoded between two looks at the queue.
constexpr std::size_t kBatch = 2000;

auto key(const bgp::UpdateContext& context) {
    return std::tuple(context.internal, context.four_octet_as, context.extended_message,
                      context.extended_next_hop);
}

struct Encoded {
    SharedOctets octets;
    std::size_t messages = 0;
};

Encoded take(bgp::UpdateBuilder& builder) {
    auto octets = std::make_shared<std::vector<std::uint8_t>>();
    const auto messages = builder.take();
    for (const auto& message : messages) {
        octets->insert(octets->end(), message.begin(), message.end());
    }
    return {std::move(octets), messages.size()};
}

// Whether some of the changes look different to this member than to the others.
bool special(const rib::OutMember& member, std::span<const rib::OutChange> changes) {
    const auto concerns = [&](const rib::OutRoute& route) {
        return route.attributes && !member.gets(route);
    };
    return std::ranges::any_of(changes, [&](const rib::OutChange& change) {
        return concerns(change.before) || concerns(change.after);
    });
}

// The messages for members that get everything, and by how many prefixes their tables grow.
struct Common {
    Encoded encoded;
    std::ptrdiff_t growth = 0;
};

Common encode(std::span<const rib::OutChange> changes, const bgp::UpdateContext& context) {
    bgp::UpdateBuilder builder(context);
    Common common;
    for (const rib::OutChange& change : changes) {
        common.growth += change.after.attributes ? 1 : 0;
        common.growth -= change.before.attributes ? 1 : 0;
        if (!change.after.attributes) {
            builder.withdraw(change.prefix);
        } else if (change.after.attributes != change.before.attributes) {
            builder.announce(change.prefix, *change.after.attributes);
        }
    }
    common.encoded = take(builder);
    return common;
}

}  // namespace

UpdateSender::UpdateSender(bgp::Family family, const rib::Table& table, rib::AttributeStore& store)
    : family_(family), table_(table), store_(store) {}

void UpdateSender::join(Neighbor& neighbor, const rib::ExportRules& rules,
                        const bgp::UpdateContext& context) {
    Member member;
    member.neighbor = &neighbor;
    member.out = {neighbor.id(), neighbor.config().address};
    member.end_of_rib_due = true;
    const Place old = place_of(neighbor.id());
    if (old.group != nullptr) {
        if (old.group->out.rules() == rules && key(old.group->context) == key(context)) return;
        member = std::move(old.group->members[old.member]);
        for (const rib::EntryId id : table_.sorted()) {
            member.pending.try_emplace(table_.entry(id).prefix, old.group->out.route(id));
        }
        remove(old);
    } else {
        for (const rib::EntryId id : table_.sorted()) {
            member.pending.try_emplace(table_.entry(id).prefix);
        }
    }
    group_for(rules, context).members.push_back(std::move(member));
}

void UpdateSender::leave(rib::PeerId peer) {
    const Place place = place_of(peer);
    if (place.group != nullptr) remove(place);
}

void UpdateSender::refresh(rib::PeerId peer) {
    const Place place = place_of(peer);
    if (place.group == nullptr) return;
    Member& member = place.group->members[place.member];
    for (const rib::EntryId id : table_.sorted()) {
        const rib::OutRoute& route = place.group->out.route(id);
        if (!member.out.gets(route)) continue;
        // As if it had never been sent.
        const auto [pending, is_new] = member.pending.try_emplace(table_.entry(id).prefix);
        if (is_new) {
            --member.sent;
        } else if (member.out.gets(pending->second)) {
            --member.sent;
            pending->second = {};
        }
    }
}

void UpdateSender::update(std::span<const rib::Change> changes) {
    for (const auto& group : groups_) distribute(*group, group->out.update(changes));
}

void UpdateSender::flush(bool end_of_rib_allowed) {
    for (const auto& group : groups_) {
        for (Member& member : group->members) {
            while (send_batch(*group, member)) {
            }
            if (!member.end_of_rib_due || !end_of_rib_allowed || !member.pending.empty()) continue;
            member.end_of_rib_due = false;
            member.neighbor->send_updates(
                std::make_shared<const std::vector<std::uint8_t>>(bgp::end_of_rib(family_)), 1);
        }
    }
}

bool UpdateSender::has_pending(rib::PeerId peer) const {
    const Place place = place_of(peer);
    return place.group != nullptr && !place.group->members[place.member].pending.empty();
}

std::size_t UpdateSender::sent(rib::PeerId peer) const {
    const Place place = place_of(peer);
    return place.group == nullptr ? 0 : place.group->members[place.member].sent;
}

std::vector<rib::PeerId> UpdateSender::receivers(rib::EntryId id) const {
    std::vector<rib::PeerId> peers;
    for (const auto& group : groups_) {
        for (const Member& member : group->members) {
            if (member.out.gets(group->out.route(id))) peers.push_back(member.out.peer);
        }
    }
    return peers;
}

const rib::OutRoute* UpdateSender::route(rib::PeerId peer, rib::EntryId id) const {
    const Place place = place_of(peer);
    if (place.group == nullptr) return nullptr;
    const rib::OutRoute& route = place.group->out.route(id);
    return place.group->members[place.member].out.gets(route) ? &route : nullptr;
}

UpdateSender::Group& UpdateSender::group_for(const rib::ExportRules& rules,
                                             const bgp::UpdateContext& context) {
    for (const auto& group : groups_) {
        if (group->out.rules() == rules && key(group->context) == key(context)) return *group;
    }
    groups_.push_back(std::make_unique<Group>(rules, context, table_, store_));
    return *groups_.back();
}

UpdateSender::Place UpdateSender::place_of(rib::PeerId peer) const {
    for (const auto& group : groups_) {
        for (std::size_t index = 0; index < group->members.size(); ++index) {
            if (group->members[index].out.peer == peer) return {group.get(), index};
        }
    }
    return {};
}

void UpdateSender::remove(const Place& place) {
    std::vector<Member>& members = place.group->members;
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(place.member));
    if (members.empty()) {
        std::erase_if(groups_, [&](const auto& group) { return group.get() == place.group; });
    }
}

void UpdateSender::distribute(Group& group, std::span<const rib::OutChange> changes) {
    if (changes.empty()) return;
    std::optional<Common> common;
    for (Member& member : group.members) {
        const bool in_step = member.pending.empty() && member.neighbor->queued() < kQueueLimit;
        if (!in_step || special(member.out, changes)) {
            for (const rib::OutChange& change : changes) {
                member.pending.try_emplace(change.prefix, change.before);
            }
            continue;
        }
        if (!common) common = encode(changes, group.context);
        member.sent =
            static_cast<std::size_t>(static_cast<std::ptrdiff_t>(member.sent) + common->growth);
        if (common->encoded.messages != 0) {
            member.neighbor->send_updates(common->encoded.octets, common->encoded.messages);
        }
    }
}

bool UpdateSender::send_batch(Group& group, Member& member) {
    if (member.pending.empty() || member.neighbor->queued() >= kQueueLimit) return false;
    bgp::UpdateBuilder builder(group.context);
    std::size_t count = 0;
    auto next = member.pending.begin();
    for (; next != member.pending.end() && count < kBatch; ++count) {
        const auto& [prefix, before] = *next;
        const auto id = table_.id_of(prefix);
        const rib::OutRoute now = id ? group.out.route(*id) : rib::OutRoute{};
        const bool had = member.out.gets(before);
        if (member.out.gets(now)) {
            if (!had) ++member.sent;
            if (!had || now.attributes != before.attributes) {
                builder.announce(prefix, *now.attributes);
            }
        } else if (had) {
            --member.sent;
            builder.withdraw(prefix);
        }
        next = member.pending.erase(next);
    }
    const Encoded encoded = take(builder);
    if (encoded.messages != 0) member.neighbor->send_updates(encoded.octets, encoded.messages);
    return true;
}

}  // namespace torii::speaker
