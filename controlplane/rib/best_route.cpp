#include "controlplane/rib/best_route.h"

namespace torii::rib {

std::optional<BestRoute> best_route(const Table& table, const Stores& stores, EntryId id) {
    const AttributesId attributes = table.used(id) ? table.best_attributes(id) : 0;
    if (attributes == 0) return std::nullopt;
    BestRoute route{table.prefix(id), stores.attributes.unpack(attributes), {}};
    const PeerId peer = table.best_peer(id);
    const PathMarks& marks = stores.attributes[attributes].marks();
    const PeerFacts& facts = table.peer(peer);
    route.facts.source = peer == kLocalPeer ? marks.source
                         : facts.external   ? policy::RouteSource::external
                                            : policy::RouteSource::internal;
    route.facts.neighbor = facts.address;
    route.facts.tag = marks.tag;
    return route;
}

}  // namespace torii::rib
