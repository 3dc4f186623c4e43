#include "mgmt/server/happenings.h"

#include "mgmt/yang/data_tree.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace torii::mgmt {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kNow = 1'700'000'000;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

ipc::BgpNeighborChanged change(bool up) {
    ipc::BgpNeighborChanged out;
    out.set_address("192.0.2.2");
    out.set_remote_as(65001);
    out.set_host_name("node-1");
    out.set_up(up);
    if (!up) out.set_reason("BGP Notification received: Cease/Administrative Shutdown");
    return out;
}

// One of each that says all it can.
std::vector<rpc::Event> all_events() {
    CommitEvent commit;
    commit.kind = CommitEvent::Kind::undone;
    commit.version = 7;
    commit.author.user = "ann";
    commit.author.through = "cli";
    commit.author.session = 3;
    commit.comment = "try";
    commit.reason = "it was aborted";
    commit.differences.push_back({true, "set x"});
    commit.within = std::chrono::seconds(60);
    return {commit_done(commit, kNow),
            neighbor_change(change(true), kNow),
            neighbor_change(change(false), kNow),
            link_change("eth1", false, kNow),
            route_table_full("the forwarding table is full", kNow),
            alarm_change("daemon dataplane", {Severity::major, kNow, "does not run"}, true, kNow)};
}

TEST(Happenings, NoLeafOfANotificationIsNeverTold) {
    std::set<std::string> told;
    for (const rpc::Event& event : all_events()) {
        const json::value parsed = json::parse(event.json);
        for (const auto& one : parsed.as_object()) {
            const std::string name = std::string(one.key()).substr(one.key().find(':') + 1);
            for (const auto& leaf : one.value().as_object()) {
                told.insert(name + "/" + std::string(leaf.key()));
            }
        }
    }
    for (const yang::SchemaNode& node : schema().nodes()) {
        if (!node.notification || !node.leaf) continue;
        EXPECT_TRUE(told.contains(node.path)) << node.path;
        told.erase(node.path);
    }
    EXPECT_THAT(told, IsEmpty()) << "not in the model";
}

TEST(Happenings, TheModelTakesThem) {
    for (const rpc::Event& event : all_events()) {
        const auto tree = yang::DataTree::notification(schema(), event.json);
        ASSERT_TRUE(tree) << tree.error().message;
        EXPECT_NE(tree->xml(), "");
    }
}

TEST(Happenings, LinesAreFrrs) {
    EXPECT_EQ(neighbor_change(change(true), kNow).line,
              "%ADJCHANGE: neighbor 192.0.2.2(node-1) in vrf default Up");
    EXPECT_EQ(neighbor_change(change(false), kNow).line,
              "%ADJCHANGE: neighbor 192.0.2.2(node-1) in vrf default Down BGP Notification "
              "received: Cease/Administrative Shutdown");
    ipc::BgpNeighborChanged nameless = change(true);
    nameless.clear_host_name();
    EXPECT_THAT(neighbor_change(nameless, kNow).line, HasSubstr("192.0.2.2(Unknown)"));
    EXPECT_EQ(link_change("eth1", true, kNow).line, "%LINK: interface eth1 is up");
    EXPECT_EQ(all_events().back().line, "%ALARM: daemon dataplane raised (major): does not run");
    EXPECT_EQ(all_events().front().line,
              "%COMMIT: commit 7 undone by ann (cli), 1 changes: try: it was aborted");
}

}  // namespace
}  // namespace torii::mgmt
