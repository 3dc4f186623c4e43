#include "controlplane/policy/library.h"
#include "controlplane/rib/adj_rib_out.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::rib {
namespace {

Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

const Prefix kDefault = default_prefix(IpFamily::v4);

// One group, with or without additional paths.
class DefaultRoutes : public testing::TestWithParam<std::uint32_t> {
protected:
    DefaultRoutes() {
        table_.set_peer(PeerId{1}, {IpAddress::v4(0x0a000001), bgp::RouterId{1}, true});
        rules_.local_as = bgp::Asn{65000};
        rules_.self = IpAddress::v4(0x0a0000fe);
        rules_.default_route = kDefault;
        rules_.paths = GetParam();
    }

    void begin() {
        out_.emplace(rules_, table_, stores_);
        while (!out_->filled()) hear(out_->fill(1));
    }
    void announce(const Prefix& to, std::uint32_t community = 0) {
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
        attributes.next_hop = IpAddress::v4(0x0a000001);
        if (community != 0) attributes.communities = {community};
        Path path;
        path.attributes = stores_.attributes.intern(attributes);
        path.peer = PeerId{1};
        table_.announce(to, path);
        turn();
    }
    void withdraw(const Prefix& from) {
        table_.withdraw(PeerId{1}, from);
        turn();
    }
    void turn() {
        const auto changes = table_.select(Table::kAll, rules_.paths != 0);
        hear(out_->update(changes));
        table_.release(changes);
    }
    // What a peer has of 0.0.0.0/0, and how many announcements of it it has heard.
    void hear(const OutChanges& changes) {
        for (const OutRun& run : changes.runs()) {
            for (const OutId id : changes.ids(run)) {
                if (out_->prefix(id) != kDefault) continue;
                if (!run.after.sent) {
                    had_.erase(out_->path_id(id));
                    continue;
                }
                ++heard_;
                AdjRibOut::Memo memo;
                had_[out_->path_id(id)] = bgp::unpack(memo[out_->attributes(id, memo)]);
            }
        }
        out_->release(changes);
    }
    [[nodiscard]] std::optional<bgp::PathAttributes> has() const {
        EXPECT_LE(had_.size(), 1U) << "it is there once";
        return had_.empty() ? std::nullopt : std::optional(had_.begin()->second);
    }
    // Statements that ask for a community and set a MED, in this order.
    static policy::Chain chain(const std::vector<std::pair<std::string, std::uint32_t>>& asks) {
        policy::Definitions definitions;
        policy::PolicyDefinition map{"MAP", {}, policy::Action::reject};
        for (const auto& [community, med] : asks) {
            definitions.communities[0].push_back(
                {"C" + std::to_string(med), {{.sequence = 1, .members = {community}}}});
            policy::Statement statement;
            statement.sequence = static_cast<std::uint32_t>(map.statements.size()) + 1;
            statement.match.communities[0] = "C" + std::to_string(med);
            statement.change.med = policy::MedChange{.value = med};
            map.statements.push_back(statement);
        }
        definitions.policies = {map};
        const std::vector<std::string> names{"MAP"};
        return policy::Library::compile(definitions).value().chain(names).value();
    }

    Stores stores_;
    Table table_{stores_};
    ExportRules rules_;
    std::optional<AdjRibOut> out_;
    std::map<PathId, bgp::PathAttributes> had_;
    std::size_t heard_ = 0;
};

TEST_P(DefaultRoutes, IsSentThoughThereIsNone) {
    begin();
    ASSERT_TRUE(has());
    EXPECT_EQ(has()->as_path.to_string(), "65000");
    EXPECT_EQ(has()->origin, bgp::Origin::igp);
    EXPECT_EQ(has()->next_hop, *rules_.self);
    EXPECT_EQ(has()->med, 0U);
    EXPECT_TRUE(out_->originates_default());
    EXPECT_EQ(out_->size(), 1U);
}

TEST_P(DefaultRoutes, IsInPlaceOfTheTablesOwn) {
    begin();
    announce(kDefault);
    EXPECT_EQ(has()->as_path.to_string(), "65000");
    withdraw(kDefault);
    EXPECT_EQ(has()->as_path.to_string(), "65000");
    EXPECT_EQ(heard_, 1U) << "nothing has changed for the peer";
}

TEST_P(DefaultRoutes, GoesByNoPolicyOfTheSession) {
    rules_.policy = chain({});
    rules_.policy_missing = true;
    begin();
    EXPECT_TRUE(has());
    announce(prefix("10.1.0.0/16"));
    EXPECT_EQ(out_->size(), 1U) << "other routes do";
}

TEST_P(DefaultRoutes, WaitsForARouteThatItsPolicyAccepts) {
    rules_.default_policy = chain({{"1:1", 10}});
    begin();
    EXPECT_FALSE(has());
    EXPECT_FALSE(out_->originates_default());
    announce(prefix("10.1.0.0/16"), 0x00020002);
    EXPECT_FALSE(has()) << "that is another route";
    announce(prefix("10.2.0.0/16"), 0x00010001);
    ASSERT_TRUE(has());
    EXPECT_EQ(has()->med, 10U) << "what the statement sets is of the default route";
    EXPECT_TRUE(has()->communities.empty()) << "what it asks for is of the other";
    announce(prefix("10.3.0.0/16"), 0x00010001);
    withdraw(prefix("10.2.0.0/16"));
    EXPECT_TRUE(has());
    announce(prefix("10.3.0.0/16"));
    EXPECT_FALSE(has());
}

TEST_P(DefaultRoutes, GivesWayToTheTablesOwnMeanwhile) {
    rules_.default_policy = chain({{"1:1", 10}});
    begin();
    announce(kDefault);
    EXPECT_EQ(has()->as_path.to_string(), "65000 65001");
    announce(prefix("10.2.0.0/16"), 0x00010001);
    EXPECT_EQ(has()->as_path.to_string(), "65000");
    withdraw(prefix("10.2.0.0/16"));
    EXPECT_EQ(has()->as_path.to_string(), "65000 65001");
}

TEST_P(DefaultRoutes, TheEarliestStatementThatAcceptsARouteSaysWhatItIs) {
    rules_.default_policy = chain({{"1:1", 10}, {"2:2", 20}});
    begin();
    announce(prefix("10.1.0.0/16"), 0x00020002);
    EXPECT_EQ(has()->med, 20U);
    announce(prefix("10.2.0.0/16"), 0x00010001);
    EXPECT_EQ(has()->med, 10U);
    withdraw(prefix("10.2.0.0/16"));
    EXPECT_EQ(has()->med, 20U);
}

TEST_P(DefaultRoutes, FindsWhatWasThereBefore) {
    out_.emplace(ExportRules{}, table_, stores_);
    announce(prefix("10.1.0.0/16"));
    announce(prefix("10.2.0.0/16"), 0x00010001);
    rules_.default_policy = chain({{"1:1", 10}});
    begin();
    EXPECT_TRUE(has());
    withdraw(prefix("10.1.0.0/16"));
    withdraw(prefix("10.2.0.0/16"));
    out_.reset();
    EXPECT_EQ(stores_.prefixes->find(kDefault), std::nullopt) << "its number is free again";
    EXPECT_EQ(stores_.attributes.size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Paths, DefaultRoutes, testing::Values(0U, 2U));

}  // namespace
}  // namespace torii::rib
