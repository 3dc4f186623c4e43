#pragma once

#include "mgmt/server/session.h"
#include "mgmt/yang/typed_config.h"
#include "platform/base/result.h"
#include "platform/ipc/frame_connection.h"

#include <string>
#include <string_view>
#include <vector>

namespace torii::mgmt {

// The groups of the system whose members have a role.
struct RoleGroups {
    std::string admin = "torii-admin";
    std::string operator_ = "torii-oper";
    std::string viewer = "torii-view";
};

// The user at the other end and the role: admin for root and for whom mgmtd runs as, who can write
// the configuration file anyway; of others what system user says, and where it says nothing the
// highest of the peer's groups. An error in clear words for those who have none.
[[nodiscard]] Result<Access> access_of(const std::optional<ipc::PeerCredentials>& peer,
                                       const RoleGroups& groups,
                                       const std::vector<yang::UserConfig>& users);

// "uid 4711" for one that the system does not know.
[[nodiscard]] std::string user_name(uid_t user);
[[nodiscard]] std::string_view role_name(Role role);

// The least role for a command, by its pattern: "show ip bgp <prefix>". What is not in the table
// takes an admin.
[[nodiscard]] Role least_role(std::string_view pattern);

}  // namespace torii::mgmt
