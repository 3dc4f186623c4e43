#include "mgmt/server/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grp.h>
#include <unistd.h>

namespace torii::mgmt {
namespace {

using testing::HasSubstr;

// Groups that every Linux has.
const RoleGroups kGroups{"daemon", "bin", "sys"};
constexpr uid_t kSomebody = 54321;

gid_t number_of(const std::string& group) {
    return getgrnam(group.c_str())->gr_gid;
}

Result<Access> access(uid_t user, std::vector<gid_t> groups) {
    return access_of(ipc::PeerCredentials{4711, user, std::move(groups)}, kGroups, {});
}

TEST(Access, TheHighestGroupGivesTheRole) {
    EXPECT_EQ(access(kSomebody, {54321, number_of("sys")})->role, Role::viewer);
    EXPECT_EQ(access(kSomebody, {54321, number_of("sys"), number_of("bin")})->role,
              Role::operator_);
    EXPECT_EQ(access(kSomebody, {number_of("daemon")})->role, Role::admin);
}

TEST(Access, RootAndWhoMgmtdRunsAsAreAdmins) {
    EXPECT_EQ(access(0, {})->role, Role::admin);
    EXPECT_EQ(access(geteuid(), {})->role, Role::admin);
    EXPECT_EQ(access(0, {})->user, "root");
}

TEST(Access, OthersAreToldWhatIsMissing) {
    const auto refused = access(kSomebody, {54321});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("uid 54321 has no role here"));
    EXPECT_THAT(refused.error().message, HasSubstr("member of daemon"));
    EXPECT_FALSE(access_of(std::nullopt, kGroups, {}));
    EXPECT_FALSE(access_of(ipc::PeerCredentials{1, kSomebody, {54321}},
                           RoleGroups{"no-such-group", "no-such-group", "no-such-group"}, {}));
}

TEST(Access, WhatTheConfigurationSaysOfAUserComesBeforeTheGroups) {
    const auto role_of = [](uid_t user, const char* role) {
        const std::vector<yang::UserConfig> users{{"daemon", role, {}}, {"root", role, {}}};
        return access_of(ipc::PeerCredentials{1, user, {number_of("bin")}}, kGroups, users)->role;
    };
    constexpr uid_t kDaemon = 1;  // of that name on every Debian
    EXPECT_EQ(role_of(kDaemon, "viewer"), Role::viewer);
    EXPECT_EQ(role_of(kDaemon, "operator"), Role::operator_);
    EXPECT_EQ(role_of(kDaemon, "admin"), Role::admin);
    EXPECT_EQ(role_of(kSomebody, "admin"), Role::operator_) << "another one";
    EXPECT_EQ(role_of(0, "viewer"), Role::admin) << "who can write the file anyway";
}

TEST(Access, WhatIsNotInTheTableTakesAnAdmin) {
    EXPECT_EQ(least_role("show ip bgp <prefix>"), Role::viewer);
    EXPECT_EQ(least_role("show log audit <number>"), Role::operator_);
    EXPECT_EQ(least_role("clear bgp *"), Role::operator_);
    EXPECT_EQ(least_role("clear system session <number>"), Role::admin);
    EXPECT_EQ(least_role("configure"), Role::admin);
    EXPECT_EQ(least_role("dump bgp routes-mrt <file>"), Role::admin);
    EXPECT_EQ(least_role("showcase"), Role::admin) << "a word, not a beginning";
}

}  // namespace
}  // namespace torii::mgmt
