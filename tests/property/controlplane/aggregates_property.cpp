// Aggregates at rest follow from the Loc-RIB and what was asked for alone: what each one says,
// which prefixes are suppressed and what a group is sent, whatever came, went and was configured
// before.
#include "controlplane/policy/library.h"
#include "controlplane/rib/adj_rib_out.h"
#include "controlplane/rib/aggregates.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace torii::rib {
namespace {

constexpr std::uint16_t kPeers = 3;
const bgp::Aggregator kSelf{bgp::Asn{65000}, IpAddress::v4(0x0a000064)};

// Few, in one another: /6 to /10 of eight bits of an address.
Prefix any_prefix() {
    const auto length = *rc::gen::inRange<std::uint8_t>(6, 11);
    const auto bits = *rc::gen::inRange<std::uint32_t>(0, 16);
    return Prefix::covering(IpAddress::v4(0x10000000U + (bits << 22U)), length);
}

policy::Chain chain(const policy::Statement& statement) {
    policy::Definitions definitions;
    definitions.communities[0] = {{"ONE", {{.sequence = 1, .members = {"0:1"}}}}};
    definitions.policies = {{"MAP", {statement}, policy::Action::accept}};
    const std::vector<std::string> names{"MAP"};
    return policy::Library::compile(definitions).value().chain(names).value();
}

// Rejects what has the community 0:1.
policy::Chain rejecting() {
    static const policy::Chain kChain = [] {
        policy::Statement statement;
        statement.sequence = 1;
        statement.match.communities[0] = "ONE";
        statement.action = policy::Action::reject;
        return chain(statement);
    }();
    return kChain;
}

class World {
public:
    World() {
        table_.set_peer(kLocalPeer, {{}, bgp::RouterId{100}, false});
        for (std::uint16_t number = 1; number <= kPeers; ++number) {
            table_.set_peer(PeerId{number}, {IpAddress::v4(number), bgp::RouterId{number}, true});
        }
        table_.set_next_hop_check([this](const IpAddress& hop) { return hop != dead_; });
        ExportRules rules;
        rules.local_as = bgp::Asn{65000};
        rules.self = IpAddress::v4(0x0a0000fe);
        out_.emplace(rules, table_, stores_);
    }

    void step() {
        switch (*rc::gen::inRange(0, 10)) {
            case 0: return configure();
            case 1:
                dead_ = IpAddress::v4(*rc::gen::inRange<std::uint32_t>(0, kPeers + 2));
                return table_.recheck_next_hops();
            case 2: return table_.flush(PeerId{*rc::gen::inRange<std::uint16_t>(1, kPeers + 1)});
            case 3:
            case 4:
            case 5: return withdraw();
            default: return announce();
        }
    }
    void turn() {
        auto changes = table_.select(*rc::gen::inRange<std::size_t>(1, 8));
        aggregates_.update(changes, TimePoint{}, *rc::gen::inRange<std::size_t>(1, 8));
        (void)out_->update(changes);
        table_.release(changes);
    }
    void settle() {
        while (table_.dirty() || aggregates_.pending()) turn();
    }
    void check() const;

private:
    void configure() {
        rules_.clear();
        const auto count = *rc::gen::inRange(0, 5);
        for (int number = 0; number < count; ++number) {
            AggregateRules& rules = rules_[any_prefix()];
            rules.summary_only = *rc::gen::arbitrary<bool>();
            rules.as_set = *rc::gen::arbitrary<bool>();
            if (*rc::gen::inRange(0, 4) == 0) rules.origin = bgp::Origin::egp;
            if (*rc::gen::inRange(0, 3) == 0) rules.suppress = rejecting();
            if (*rc::gen::inRange(0, 3) == 0) rules.policy = rejecting();
        }
        aggregates_.configure(rules_, kSelf);
    }
    void announce() {
        bgp::PathAttributes attributes;
        const auto peer = *rc::gen::inRange<std::uint16_t>(0, kPeers + 1);
        std::vector<bgp::Asn> path;
        if (peer != kLocalPeer.value()) {
            const auto length = *rc::gen::inRange(0, 4);
            for (int at = 0; at < length; ++at) {
                path.emplace_back(*rc::gen::inRange<std::uint32_t>(1, 4));
            }
            attributes.next_hop = IpAddress::v4(peer);
        }
        attributes.as_path = bgp::AsPath::sequence(path);
        attributes.origin =
            *rc::gen::element(bgp::Origin::igp, bgp::Origin::egp, bgp::Origin::incomplete);
        attributes.atomic_aggregate = *rc::gen::arbitrary<bool>();
        attributes.communities =
            *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(1U, 6U));
        attributes.canonicalize();
        Path one;
        one.attributes = stores_.attributes.intern(attributes);
        one.peer = PeerId{peer};
        if (peer == kLocalPeer.value()) one.weight = kLocalWeight;
        table_.announce(any_prefix(), one);
    }
    void withdraw() {
        const auto peer = *rc::gen::inRange<std::uint16_t>(0, kPeers + 1);
        table_.withdraw(PeerId{peer}, any_prefix());
    }

    // From scratch.
    struct Route {
        Prefix prefix;
        bgp::PathAttributes attributes;
    };
    [[nodiscard]] std::vector<Route> routes() const;
    [[nodiscard]] static std::optional<bgp::PathAttributes> expected(const Prefix& prefix,
                                                                     const AggregateRules& rules,
                                                                     std::vector<Route> of);
    [[nodiscard]] std::optional<bgp::PathAttributes> there(const Prefix& prefix) const;

    Stores stores_;
    Table table_{stores_};
    Aggregates aggregates_{table_, stores_};
    Aggregates::Rules rules_;
    std::optional<AdjRibOut> out_;
    IpAddress dead_ = IpAddress::v4(0xffffffff);
};

// Those that are learned or configured, not made of others.
std::vector<World::Route> World::routes() const {
    std::vector<Route> all;
    for (EntryId id = 0; id < table_.end(); ++id) {
        if (!table_.used(id)) continue;
        const Entry entry = table_.entry(id);
        const Path* const best = entry.best();
        if (best == nullptr || best->source == policy::RouteSource::aggregate) continue;
        all.push_back({entry.prefix, best->attributes.unpack()});
    }
    return all;
}

std::optional<bgp::PathAttributes> World::expected(const Prefix& prefix,
                                                   const AggregateRules& rules,
                                                   std::vector<Route> of) {
    std::erase_if(of, [&](const Route& route) {
        return !prefix.contains(route.prefix) || route.prefix == prefix;
    });
    if (of.empty()) return std::nullopt;
    bgp::PathAttributes out;
    out.next_hop = IpAddress::any(IpFamily::v4);
    out.med = 0;
    out.atomic_aggregate = !rules.as_set;
    out.aggregator = kSelf;
    std::vector<bgp::Asn> common = of.front().attributes.as_path.segments().empty()
                                       ? std::vector<bgp::Asn>{}
                                       : of.front().attributes.as_path.segments().front().asns;
    std::set<bgp::Asn> others;
    std::set<std::uint32_t> communities;
    for (const Route& route : of) {
        out.origin = std::max(out.origin, route.attributes.origin);
        if (!rules.as_set) continue;
        out.atomic_aggregate = out.atomic_aggregate || route.attributes.atomic_aggregate;
        std::vector<bgp::Asn> path;
        for (const auto& segment : route.attributes.as_path.segments()) path = segment.asns;
        while (!std::equal(
            common.begin(), common.end(), path.begin(),
            path.begin() + static_cast<std::ptrdiff_t>(std::min(common.size(), path.size())))) {
            common.pop_back();
        }
        others.insert(path.begin(), path.end());
        communities.insert(route.attributes.communities.begin(),
                           route.attributes.communities.end());
    }
    if (rules.origin) out.origin = *rules.origin;
    if (rules.as_set) {
        for (const bgp::Asn as : common) others.erase(as);
        out.as_path = bgp::AsPath({{bgp::SegmentType::sequence, common},
                                   {bgp::SegmentType::set, {others.begin(), others.end()}}});
        out.communities = {communities.begin(), communities.end()};
    }
    if (!rules.policy.empty() && out.has_community(1)) return std::nullopt;
    return out;
}

std::optional<bgp::PathAttributes> World::there(const Prefix& prefix) const {
    const auto entry = table_.find(prefix);
    if (!entry) return std::nullopt;
    for (const Path& path : entry->paths) {
        if (path.source == policy::RouteSource::aggregate) return path.attributes.unpack();
    }
    return std::nullopt;
}

void World::check() const {
    const std::vector<Route> all = routes();
    std::map<Prefix, bool> suppressed;
    for (const auto& [prefix, rules] : rules_) {
        const auto wanted = expected(prefix, rules, all);
        RC_ASSERT(there(prefix) == wanted);
        if (!wanted) continue;
        for (const Route& route : all) {
            const bool inside = prefix.contains(route.prefix) && route.prefix != prefix;
            const bool meant =
                rules.summary_only || (rules.suppress && !route.attributes.has_community(1));
            if (inside && meant) suppressed[route.prefix] = true;
        }
    }
    for (EntryId id = 0; id < table_.end(); ++id) {
        if (!table_.used(id)) continue;
        const Prefix prefix = table_.prefix(id);
        RC_ASSERT(rules_.contains(prefix) || !there(prefix));
        RC_ASSERT(table_.suppressed(id) == suppressed[prefix]);
        const bool best = table_.best_attributes(id) != 0;
        RC_ASSERT(out_->route(id).sent == (best && !suppressed[prefix]));
    }
}

RC_GTEST_PROP(Aggregates, FollowFromTheTable, ()) {
    World world;
    const auto rounds = *rc::gen::inRange(1, 8);
    for (int round = 0; round < rounds; ++round) {
        const auto steps = *rc::gen::inRange(1, 25);
        for (int step = 0; step < steps; ++step) {
            world.step();
            if (*rc::gen::inRange(0, 3) == 0) world.turn();
        }
        world.settle();
        world.check();
    }
}

}  // namespace
}  // namespace torii::rib
