#include "mgmt/server/audit_log.h"

#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::mgmt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AuditLogTest : public testing::Test {
protected:
    AuditLog open(std::size_t octets_max) {
        return AuditLog(
            folder_.path() / "audit.log", [this](const std::string& error) { error_ = error; },
            octets_max);
    }
    static AuditRecord record(const std::string& action) {
        return {1795399504, {"ann", Role::admin, "cli", "here"}, 7, action, "done", 0, {}};
    }
    static std::vector<std::string> actions(const AuditLog& log, std::size_t count) {
        std::vector<std::string> out;
        const auto records = log.newest(count);
        for (const auto& one : *records) out.emplace_back(one.at("action").as_string());
        return out;
    }

    test::TemporaryFolder folder_;
    std::string error_;
};

TEST_F(AuditLogTest, TheNewestComeLast) {
    auto log = open(1 << 20);
    for (const char* const action : {"one", "two", "three"}) log.write(record(action));
    EXPECT_THAT(actions(log, 2), ElementsAre("two", "three"));
    EXPECT_THAT(actions(open(1 << 20), 9), ElementsAre("one", "two", "three"));
    EXPECT_EQ(std::filesystem::status(folder_.path() / "audit.log").permissions(),
              std::filesystem::perms{0600});
}

TEST_F(AuditLogTest, AFullFileMakesRoomAndBothAreRead) {
    auto log = open(500);
    for (int index = 0; index < 5; ++index) log.write(record(std::to_string(index)));
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / "audit.log.1"));
    EXPECT_THAT(actions(log, 2), ElementsAre("3", "4"));
}

TEST_F(AuditLogTest, WhatCannotBeWrittenIsSaid) {
    auto log = open(1 << 20);
    std::filesystem::create_directory(folder_.path() / "audit.log");
    log.write(record("one"));
    EXPECT_THAT(error_, HasSubstr("cannot open"));
    std::filesystem::remove(folder_.path() / "audit.log");
    log.write(record("two"));
    EXPECT_EQ(error_, "");
}

}  // namespace
}  // namespace torii::mgmt
