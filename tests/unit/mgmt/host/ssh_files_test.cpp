#include "mgmt/host/ssh_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::host {
namespace {

using testing::HasSubstr;
using testing::Not;

const SshPaths kPaths{"/run/r/etc/ssh", "/etc/torii/c.json.ssh/host_key", "/usr/bin", "/run/it's"};

SshWish wish() {
    SshWish out;
    out.shell = {true, {*IpAddress::parse("10.0.0.1"), *IpAddress::parse("fd00::1")}, 2022};
    out.netconf = {true, {}, 830};
    out.users = {{"ann", "admin", {"ssh-ed25519 AAAA a", "ssh-ed25519 BBBB"}},
                 {"bob", "viewer", {}}};
    return out;
}

TEST(SshFiles, SaySocketsUsersAndWhatIsRun) {
    const auto files = ssh_files(wish(), kPaths);
    ASSERT_EQ(files.size(), 2U) << "who has no key has no file";
    EXPECT_EQ(files.at("keys/ann"), "ssh-ed25519 AAAA a\nssh-ed25519 BBBB\n");
    const std::string& config = files.at("sshd_config");
    for (const char* line :
         {"\nListenAddress 10.0.0.1:2022\n", "\nListenAddress [fd00::1]:2022\n",
          "\nListenAddress 0.0.0.0:830\n", "\nListenAddress [::]:830\n",
          "\nHostKey /etc/torii/c.json.ssh/host_key\n", "\nPidFile /run/r/etc/ssh/sshd.pid\n",
          "\nAuthorizedKeysFile /run/r/etc/ssh/keys/%u\n", "\nPasswordAuthentication no\n",
          "\nAllowUsers ann\n",
          "\nMatch LocalPort 830\n    ForceCommand '/usr/bin/torii-netconf' --run-dir "
          "'/run/it'\\''s'\n    PermitTTY no\n",
          "\nMatch LocalPort 2022\n    ForceCommand exec '/usr/bin/torii' --run-dir "
          "'/run/it'\\''s' ${SSH_ORIGINAL_COMMAND:+-c \"$SSH_ORIGINAL_COMMAND\"}\n"}) {
        EXPECT_THAT(config, HasSubstr(line));
    }
}

TEST(SshFiles, WhatIsOffHasNoSocketAndNoCommand) {
    SshWish only = wish();
    only.netconf.enabled = false;
    const std::string config = ssh_files(only, kPaths).at("sshd_config");
    EXPECT_THAT(config, Not(HasSubstr("830")));
    EXPECT_THAT(config, Not(HasSubstr("netconf")));
    only.shell.enabled = false;
    EXPECT_TRUE(ssh_files(only, kPaths).empty());
}

}  // namespace
}  // namespace torii::host
