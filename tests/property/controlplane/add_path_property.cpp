// What a peer that takes several paths has at rest follows from the Loc-RIB alone: the best of it,
// without what the peer said itself and what may not go to it, whatever came and went before.
#include "controlplane/bgp/community.h"
#include "controlplane/rib/adj_rib_out.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace torii::rib {
namespace {

constexpr std::uint16_t kPeers = 6;
constexpr std::uint32_t kPrefixes = 3;
constexpr std::uint32_t kAll = 0xffffffff;

IpAddress address_of(std::uint16_t peer) {
    return IpAddress::v4(0x0a000000U + peer);
}
Prefix prefix_of(std::uint32_t number) {
    return Prefix::host(IpAddress::v4(0xc0a85a00U + number));
}

// A group and a member of it that hears of every change. Peers are members too: what they are told
// depends on what they have said.
class Receiver {
public:
    Receiver(std::uint32_t paths, bool external, std::uint16_t peer, const Table& table,
             Stores& stores)
        : member_{PeerId{peer}, address_of(peer)} {
        rules_.paths = paths;
        rules_.external = external;
        rules_.local_as = bgp::Asn{65000};
        rules_.next_hop_unchanged = true;
        out_ = std::make_unique<AdjRibOut>(rules_, table, stores);
    }

    void fill(std::size_t limit) { hear(out_->fill(limit)); }
    void update(const std::vector<Change>& changes) { hear(out_->update(changes)); }
    [[nodiscard]] bool filled() const { return out_->filled(); }
    [[nodiscard]] const AdjRibOut& out() const { return *out_; }

    // The paths that it has, and those that it should have.
    using Paths = std::map<std::pair<Prefix, PathKey>, bgp::PathAttributes>;
    [[nodiscard]] Paths has() const {
        Paths paths;
        for (const auto& [at, told] : told_) {
            const bool fresh = paths.emplace(std::pair{at.first, told.key}, told.attributes).second;
            RC_ASSERT(fresh);
        }
        return paths;
    }
    [[nodiscard]] Paths should_have(const Table& table, const DecisionRules& rules) const;

private:
    struct Told {
        PathKey key;
        bgp::PathAttributes attributes;
    };

    void hear(const OutChanges& changes) {
        for (const OutRun& run : changes.runs()) {
            for (const OutId id : changes.ids(run)) hear(id, run);
        }
        out_->release(changes);
    }
    void hear(OutId id, const OutRun& run) {
        const std::pair at{out_->prefix(id), out_->path_id(id)};
        RC_ASSERT(at.second != 0U);
        RC_ASSERT(told_.contains(at) == member_.gets(run.before));
        if (!member_.gets(run.after)) {
            told_.erase(at);
            return;
        }
        AdjRibOut::Memo memo;
        const auto attributes = bgp::unpack(memo[out_->attributes(id, memo)]);
        // What is not said again is what it has.
        if (run.attributes != 0) {
            RC_ASSERT(bgp::unpack(out_->batch()[run.attributes]) == attributes);
        } else if (told_.contains(at)) {
            RC_ASSERT(told_[at].attributes == attributes);
        }
        told_[at] = {*out_->path_key(id), attributes};
        // A path has one identifier for as long as it lives.
        const auto [known, is_new] = ids_.try_emplace({at.first, *out_->path_key(id)}, at.second);
        RC_ASSERT(known->second == at.second);
    }

    ExportRules rules_;
    OutMember member_;
    std::unique_ptr<AdjRibOut> out_;
    std::map<std::pair<Prefix, PathId>, Told> told_;
    std::map<std::pair<Prefix, PathKey>, PathId> ids_;
};

Receiver::Paths Receiver::should_have(const Table& table, const DecisionRules& rules) const {
    Paths paths;
    for (std::uint32_t number = 0; number < kPrefixes; ++number) {
        const auto entry = table.find(prefix_of(number));
        if (!entry) continue;
        std::vector<Path> left = entry->paths;
        std::erase_if(left, [](const Path& path) { return !path.valid(); });
        for (std::uint32_t place = 0; place < rules_.paths && !left.empty(); ++place) {
            std::vector<Candidate> candidates;
            for (const Path& path : left) {
                candidates.push_back(candidate(path, table.peer(path.peer)));
            }
            const std::size_t best = Selector().select(candidates, rules).best;
            const Path path = left[best];
            left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
            const PeerFacts& from = table.peer(path.peer);
            ByteWriter octets;
            const auto attributes =
                export_attributes(entry->prefix, path.attributes.packed(),
                                  {path.local(), from.external, from.address}, rules_, octets);
            if (!attributes) continue;
            if (!member_.gets({true, path.peer, attributes->next_hop, {}})) continue;
            paths.emplace(std::pair{entry->prefix, PathKey{path.peer, path.id}},
                          bgp::unpack(*attributes));
        }
    }
    return paths;
}

class World {
public:
    World() {
        rules_.compare_router_id = *rc::gen::arbitrary<bool>();
        table_.set_rules(rules_);
        table_.set_next_hop_check([this](const IpAddress& hop) { return hop != dead_; });
        for (std::uint16_t number = 1; number <= kPeers; ++number) {
            // Some share a router ID; odd ones are external.
            table_.set_peer(PeerId{number},
                            {address_of(number), bgp::RouterId{number / 2U + 1U}, number % 2 == 1});
        }
    }

    void add_receiver() {
        const std::uint32_t paths = *rc::gen::element(1U, 2U, 3U, kAll);
        const auto peer = *rc::gen::inRange<std::uint16_t>(1, kPeers + 2);
        receivers_.push_back(
            std::make_unique<Receiver>(paths, *rc::gen::arbitrary<bool>(), peer, table_, stores_));
    }
    void step() {
        const PeerId peer{*rc::gen::inRange<std::uint16_t>(1, kPeers + 1)};
        const Prefix prefix = prefix_of(*rc::gen::inRange(0U, kPrefixes));
        const PathId id = *rc::gen::element(0U, 0U, 1U, 70000U, 4000000000U);
        switch (*rc::gen::inRange(0, 16)) {
            case 0: return turn();
            case 1: return table_.flush(peer);
            case 2: return table_.mark_stale(peer);
            case 3: return table_.sweep_stale(peer);
            case 4:
                dead_ = address_of(*rc::gen::inRange<std::uint16_t>(1, 2 * kPeers));
                return table_.recheck_next_hops();
            case 5:
                if (receivers_.size() < 5) add_receiver();
                return;
            case 6:
                if (!receivers_.empty()) receivers_.pop_back();
                return;
            case 7:
            case 8:
            case 9: return table_.withdraw(peer, prefix, id);
            default: return announce(peer, prefix, id);
        }
    }
    void turn() {
        const auto changes = table_.select(*rc::gen::element<std::size_t>(1, 2, Table::kAll), true);
        for (const auto& receiver : receivers_) {
            if (!receiver->filled()) receiver->fill(2);
            receiver->update(changes);
        }
        table_.release(changes);
    }
    void rest() {
        const auto unfilled = [](const auto& receiver) { return !receiver->filled(); };
        while (table_.dirty() || std::ranges::any_of(receivers_, unfilled)) turn();
    }
    void check() {
        for (const auto& receiver : receivers_) {
            RC_ASSERT(receiver->has() == receiver->should_have(table_, rules_));
        }
    }
    // All is gone: so is all that was kept for it.
    void clear() {
        for (std::uint16_t number = 1; number <= kPeers; ++number) table_.flush(PeerId{number});
        rest();
        RC_ASSERT(stores_.paths.size() == 0U);
        RC_ASSERT(stores_.prefixes->size() == 0U);
    }

private:
    void announce(PeerId peer, const Prefix& prefix, PathId id) {
        bgp::PathAttributes attributes;
        attributes.local_pref = *rc::gen::element(100U, 100U, 200U);
        attributes.med = *rc::gen::inRange(0U, 3U);
        attributes.as_path = bgp::AsPath::sequence(std::vector<bgp::Asn>(
            *rc::gen::element<std::size_t>(1, 1, 2), bgp::Asn{*rc::gen::element(65001U, 65002U)}));
        // Also that of another peer.
        attributes.next_hop = address_of(*rc::gen::element<std::uint16_t>(
            peer.value(), peer.value(), static_cast<std::uint16_t>(peer.value() + 1)));
        if (*rc::gen::inRange(0, 4) == 0) attributes.communities = {bgp::kNoExport};
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = peer;
        path.id = id;
        path.rejected = *rc::gen::inRange(0, 8) == 0;
        table_.announce(prefix, path);
    }

    DecisionRules rules_;
    IpAddress dead_;
    Stores stores_;
    Table table_{stores_};
    std::vector<std::unique_ptr<Receiver>> receivers_;
};

RC_GTEST_PROP(AddPath, AtRestAReceiverHasTheBestOfTheTable, ()) {
    World world;
    for (int count = *rc::gen::inRange(1, 4); count > 0; --count) world.add_receiver();
    for (int round = 0; round < 3; ++round) {
        for (int steps = *rc::gen::inRange(1, 25); steps > 0; --steps) world.step();
        world.rest();
        world.check();
    }
    world.clear();
}

}  // namespace
}  // namespace torii::rib
