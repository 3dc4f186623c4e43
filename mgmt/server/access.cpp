#include "mgmt/server/access.h"

#include <algorithm>
#include <array>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace torii::mgmt {
namespace {

constexpr std::size_t kNameBuffer = 65536;

// A group that the system does not know has no members.
bool member(const ipc::PeerCredentials& peer, const std::string& group) {
    std::vector<char> buffer(kNameBuffer);
    ::group entry{};
    ::group* found = nullptr;
    if (getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return false;
    }
    return std::ranges::find(peer.groups, entry.gr_gid) != peer.groups.end();
}

std::optional<Role> role_of(const ipc::PeerCredentials& peer, const RoleGroups& groups,
                            const std::string& name, const std::vector<yang::UserConfig>& users) {
    if (peer.user == 0 || peer.user == geteuid()) return Role::admin;
    if (const auto user = std::ranges::find(users, name, &yang::UserConfig::name);
        user != users.end()) {
        return user->role == "admin"      ? Role::admin
               : user->role == "operator" ? Role::operator_
                                          : Role::viewer;
    }
    if (member(peer, groups.admin)) return Role::admin;
    if (member(peer, groups.operator_)) return Role::operator_;
    if (member(peer, groups.viewer)) return Role::viewer;
    return std::nullopt;
}

struct Need {
    std::string_view beginning;
    Role role;
};
// The longest beginning that fits counts.
constexpr std::array kNeeds{
    Need{"show", Role::viewer},
    Need{"compare", Role::viewer},
    Need{"show log audit", Role::operator_},
    Need{"show system sessions", Role::operator_},
    Need{"monitor", Role::operator_},
    Need{"clear", Role::operator_},
    Need{"clear system", Role::admin},
    Need{"clear platform", Role::admin},
    Need{"trace", Role::operator_},
    Need{"capture", Role::operator_},
    Need{"ping", Role::operator_},
    Need{"traceroute", Role::operator_},
    Need{"help", Role::viewer},
    Need{"exit", Role::viewer},
    Need{"quit", Role::viewer},
};

}  // namespace

std::string user_name(uid_t user) {
    std::vector<char> buffer(kNameBuffer);
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
        return entry.pw_name;
    }
    return fmt::format("uid {}", user);
}

Result<Access> access_of(const std::optional<ipc::PeerCredentials>& peer, const RoleGroups& groups,
                         const std::vector<yang::UserConfig>& users) {
    if (!peer) return fail("the kernel does not say who is at the other end of the socket");
    const std::string user = user_name(peer->user);
    const auto role = role_of(*peer, groups, user, users);
    if (!role) {
        return fail(
            "{} has no role here: become a member of {} (everything), {} (looks and clears) or {} "
            "(looks) and log in again, or a system user of the configuration",
            user, groups.admin, groups.operator_, groups.viewer);
    }
    return Access{user, *role, "cli", fmt::format("pid {}", peer->pid)};
}

std::string_view role_name(Role role) {
    switch (role) {
        case Role::viewer: return "viewer";
        case Role::operator_: return "operator";
        case Role::admin: return "admin";
    }
    return "";
}

Role least_role(std::string_view pattern) {
    const Need* best = nullptr;
    for (const Need& need : kNeeds) {
        if (!pattern.starts_with(need.beginning)) continue;
        const std::string_view rest = pattern.substr(need.beginning.size());
        if (!rest.empty() && rest.front() != ' ') continue;
        if (best == nullptr || need.beginning.size() > best->beginning.size()) best = &need;
    }
    return best != nullptr ? best->role : Role::admin;
}

}  // namespace torii::mgmt
