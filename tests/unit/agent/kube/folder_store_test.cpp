// A folder as a store: what controllers make, and what a node reports.
#include "agent/kube/folder_store.h"

#include "platform/runtime/event_loop.h"
#include "tests/support/temporary_folder.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

const ObjectKey kNode{"cilium.io/v2", "CiliumBGPNodeConfig", "", "n1"};

boost::json::object node_config(const std::string& instance) {
    return boost::json::parse(
               R"({"apiVersion":"cilium.io/v2","kind":"CiliumBGPNodeConfig","metadata":{"name":)"
               R"("n1"},"spec":{"bgpInstances":[{"name":")" +
               instance + R"("}]}})")
        .as_object();
}

class FolderStoreTest : public testing::Test {
protected:
    FolderStoreTest() : store_(open()) {
        EXPECT_TRUE(store_->start([] {}).has_value());
        EXPECT_TRUE(store_->read().has_value());
    }
    std::unique_ptr<FolderStore> open() {
        return std::make_unique<FolderStore>(
            loop_, FolderStoreOptions{"n1", folder_.path().string(), "",
                                      [](const model::Service&) { return true; }});
    }
    [[nodiscard]] std::string instance() {
        const auto reading = store_->read();
        const auto found = reading->snapshot.node_configs.find("n1");
        return found == reading->snapshot.node_configs.end() ? ""
                                                             : found->second.instances.at(0).name;
    }

    EventLoop loop_;
    test::TemporaryFolder folder_;
    std::unique_ptr<FolderStore> store_;
};

TEST_F(FolderStoreTest, WhatIsMadeIsReadUntilItIsTakenAway) {
    ASSERT_TRUE(store_->make({{kNode, node_config("made")}}).has_value());
    EXPECT_EQ(instance(), "made");
    ASSERT_TRUE(store_->make({{kNode, node_config("changed")}}).has_value());
    EXPECT_EQ(instance(), "changed");
    ASSERT_TRUE(store_->make({}).has_value());
    EXPECT_EQ(instance(), "changed") << "nothing is said of it";
    ASSERT_TRUE(store_->make({{kNode, std::nullopt}}).has_value());
    EXPECT_EQ(instance(), "");
    EXPECT_TRUE(store_->make({{kNode, std::nullopt}}).has_value()) << "it is gone already";
}

TEST_F(FolderStoreTest, WhatANodeTellsIsReadByAllUntilItTellsNothing) {
    model::Absence absence;
    absence.metadata.name = "n1";
    absence.metadata.namespace_name = model::Absence::kNamespace;
    absence.state = model::Absence::State::leaving;
    ASSERT_TRUE(store_->tell(absence).has_value());
    const auto other = open();
    const auto told = [&] { return other->read()->snapshot.absences; };
    ASSERT_THAT(told(), ElementsAre(Key(model::Absence::key("n1"))));
    EXPECT_EQ(told().begin()->second.state, model::Absence::State::leaving);
    // The agent after it, which tells nothing.
    ASSERT_TRUE(open()->tell(std::nullopt).has_value());
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(FolderStoreTest, APersonsManifestGoesBefore) {
    ASSERT_TRUE(store_->make({{kNode, node_config("made")}}).has_value());
    folder_.write("n1.json", boost::json::serialize(node_config("mine")));
    EXPECT_EQ(instance(), "mine");
    folder_.remove("n1.json");
    EXPECT_EQ(instance(), "made");
}

TEST_F(FolderStoreTest, ANodesReportIsItsOwn) {
    const boost::json::object status{{"bgpInstances", boost::json::array()}};
    ASSERT_TRUE(store_->report(kNode, status).has_value());
    EXPECT_THAT(store_->statuses(), ElementsAre(Key(kNode)));
    // Another process that leads writes what it knows of.
    const auto leader = open();
    ASSERT_TRUE(leader->read().has_value());
    ASSERT_TRUE(leader->lead());
    ASSERT_TRUE(
        leader->write({{{"cilium.io/v2", "CiliumBGPPeerConfig", "", "p"}, {}}}).has_value());
    ASSERT_TRUE(leader->write({}).has_value());
    ASSERT_TRUE(store_->read().has_value());
    EXPECT_THAT(store_->statuses(), ElementsAre(Key(kNode)));
    ASSERT_TRUE(store_->report(kNode, std::nullopt).has_value());
    EXPECT_THAT(store_->statuses(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "status/CiliumBGPNodeConfig_n1.yaml"));
}

}  // namespace
}  // namespace torii::kube
