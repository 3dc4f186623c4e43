#include "mgmt/rpc/operations.h"

#include "mgmt/rpc/rpc_error.h"
#include "mgmt/rpc/subscription.h"

#include <array>

namespace torii::rpc {
namespace {

constexpr std::string_view kMonitoring = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";

constexpr std::array<Operation, 15> kOperations{{
    {kNetconfSpace, "get", get, false},
    {kNetconfSpace, "get-config", get_config, false},
    {kNetconfSpace, "edit-config", edit_config, true},
    {kNetconfSpace, "copy-config", copy_config, true},
    {kNetconfSpace, "delete-config", delete_config, true},
    {kNetconfSpace, "lock", lock, true},
    {kNetconfSpace, "unlock", unlock, true},
    {kNetconfSpace, "validate", validate, false},
    {kNetconfSpace, "commit", commit, true},
    {kNetconfSpace, "cancel-commit", cancel_commit, true},
    {kNetconfSpace, "discard-changes", discard_changes, true},
    {kNetconfSpace, "close-session", close_session, false},
    {kNetconfSpace, "kill-session", kill_session, true},
    {kMonitoring, "get-schema", get_schema, false},
    {kNotificationSpace, "create-subscription", create_subscription, false},
}};

}  // namespace

const Operation* find_operation(const xml::Element& asked) {
    for (const Operation& operation : kOperations) {
        if (asked.is(operation.space, operation.name)) return &operation;
    }
    return nullptr;
}

}  // namespace torii::rpc
