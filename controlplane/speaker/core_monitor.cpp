// What Core lets those read who record what it learns.
#include "controlplane/bgp/update_builder.h"
#include "controlplane/speaker/core.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace torii::speaker {
namespace {

// How the peer writes: its path identifiers are those that we receive.
bgp::UpdateContext peer_context(const bgp::Negotiated& negotiated) {
    bgp::UpdateContext context = negotiated.update_context();
    context.add_path_send = context.add_path_receive;
    return context;
}

bgp::AsPath without_first(const bgp::AsPath& path) {
    std::vector<bgp::AsPathSegment> segments = path.segments();
    if (segments.empty()) return path;
    auto& first = segments.front().asns;
    first.erase(first.begin());
    if (first.empty()) segments.erase(segments.begin());
    return bgp::AsPath(std::move(segments));
}

}  // namespace

std::vector<std::uint8_t> encode_as_applied(const bgp::Update& update,
                                            const bgp::Negotiated& negotiated) {
    std::vector<std::uint8_t> out;
    bgp::UpdateBuilder builder(peer_context(negotiated));
    for (const bgp::Unreach& unreach : update.withdrawn) {
        for (std::size_t index = 0; index < unreach.prefixes.size(); ++index) {
            builder.withdraw(unreach.prefixes[index], bgp::path_id(unreach, index));
        }
    }
    // A prefix may be in both parts.
    builder.write(out);
    for (const bgp::Reach& reach : update.announced) {
        const auto set = builder.add_set(reach.family, bgp::packed_of(update, reach));
        for (std::size_t index = 0; index < reach.prefixes.size(); ++index) {
            builder.announce(reach.prefixes[index], set, bgp::path_id(reach, index));
        }
    }
    builder.write(out);
    return out;
}

void Core::add_observer(SessionObserver& observer) {
    observers_.push_back(&observer);
}

void Core::remove_observer(SessionObserver& observer) {
    std::erase(observers_, &observer);
}

void Core::each_session(const std::function<void(const ObservedSession&)>& visit) const {
    for (const auto& [address, record] : records_) {
        const Neighbor& neighbor = *record.neighbor;
        const bgp::Negotiated* negotiated = neighbor.peer().negotiated();
        if (negotiated != nullptr && neighbor.connection() != nullptr) {
            visit(neighbor.observed(*negotiated));
        }
    }
}

rib::PathCounts Core::received_counts(const IpAddress& peer, bgp::Family family) const {
    const Neighbor* neighbor = find(peer);
    return neighbor == nullptr ? rib::PathCounts{} : state(family).table.counts(neighbor->id());
}

bool Core::read_received(const IpAddress& peer, bgp::Family family, rib::EntryId& next,
                         std::size_t limit, std::vector<std::uint8_t>& out) const {
    const Neighbor* neighbor = find(peer);
    const bgp::Negotiated* negotiated =
        neighbor == nullptr ? nullptr : neighbor->peer().negotiated();
    if (negotiated == nullptr) return false;
    bgp::UpdateBuilder builder(peer_context(*negotiated));
    // Import has put our other AS in front (local-as).
    const bool prepended = !negotiated->internal && negotiated->local_as != config_.as &&
                           !neighbor->config().no_prepend;
    std::unordered_map<rib::AttributesId, bgp::UpdateBuilder::Set> sets;
    const bool more = state(family).table.read(
        neighbor->id(), next, limit, [&](const Prefix& prefix, const rib::Path& path) {
            const bgp::PathId id{path.id};
            const rib::Attributes& received = path.as_received();
            if (prepended) {
                bgp::PathAttributes attributes = received.unpack();
                attributes.as_path = without_first(attributes.as_path);
                return builder.announce(prefix, attributes, id);
            }
            const auto [set, is_new] = sets.try_emplace(received.id());
            if (is_new) set->second = builder.add_set(family, received.packed());
            builder.announce(prefix, set->second, id);
        });
    builder.write(out);
    return more;
}

void Core::tell_dropped(const Neighbor& neighbor, bgp::Family family) const {
    const bgp::Negotiated* negotiated = neighbor.peer().negotiated();
    if (negotiated == nullptr) return;
    bgp::UpdateBuilder builder(peer_context(*negotiated));
    state(family).table.read_dropped(neighbor.id(),
                                     [&](const Prefix& prefix, const rib::Path& path) {
                                         builder.withdraw(prefix, bgp::PathId{path.id});
                                     });
    std::vector<std::uint8_t> messages;
    builder.write(messages);
    if (messages.empty()) return;
    for (SessionObserver* observer : observers_) {
        observer->update_received(neighbor.config().address, messages, bgp::Verdict::accept);
    }
}

std::vector<TablePeer> Core::table_peers() const {
    std::vector<TablePeer> peers{
        {rib::kLocalPeer, IpAddress::any(IpFamily::v4), config_.as, config_.router_id}};
    for (const auto& [address, record] : records_) {
        const Neighbor& neighbor = *record.neighbor;
        const bgp::Negotiated* negotiated = neighbor.peer().negotiated();
        const bgp::RouterId router_id =
            state(bgp::Family::ipv4_unicast).table.peer(neighbor.id()).router_id;
        peers.push_back(
            {neighbor.id(), address,
             negotiated != nullptr ? negotiated->remote_as : neighbor.config().remote_as,
             router_id});
    }
    return peers;
}

bool Core::read_table(bgp::Family family, rib::EntryId& next, std::size_t limit,
                      const VisitPaths& visit) const {
    const rib::Table& table = state(family).table;
    for (std::size_t count = 0; count < limit && next < table.end(); ++count, ++next) {
        if (!table.used(next)) continue;
        rib::Entry entry = table.entry(next);
        std::erase_if(entry.paths, [](const rib::Path& path) { return path.rejected; });
        if (!entry.paths.empty()) visit(entry.prefix, entry.paths);
    }
    return next < table.end();
}

}  // namespace torii::speaker
