#include "mgmt/rpc/operations.h"

#include "mgmt/rpc/rpc_error.h"
#include "mgmt/rpc/subscription.h"

#include <array>

namespace torii::rpc {
namespace {

constexpr std::string_view kMonitoring = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";

constexpr std::array<Operation, 17> kOperations{{
    {kNetconfSpace, "get", get, Needs::look},
    {kNetconfSpace, "get-config", get_config, Needs::look},
    {kNetconfSpace, "edit-config", edit_config, Needs::change},
    {kNetconfSpace, "copy-config", copy_config, Needs::change},
    {kNetconfSpace, "delete-config", delete_config, Needs::change},
    {kNetconfSpace, "lock", lock, Needs::change},
    {kNetconfSpace, "unlock", unlock, Needs::change},
    {kNetconfSpace, "validate", validate, Needs::look},
    {kNetconfSpace, "commit", commit, Needs::change},
    {kNetconfSpace, "cancel-commit", cancel_commit, Needs::change},
    {kNetconfSpace, "discard-changes", discard_changes, Needs::change},
    {kNetconfSpace, "close-session", close_session, Needs::look},
    {kNetconfSpace, "kill-session", kill_session, Needs::change},
    {kMonitoring, "get-schema", get_schema, Needs::look},
    {kNotificationSpace, "create-subscription", create_subscription, Needs::look},
    {kOperationsSpace, "get-page", get_page, Needs::look},
    {kOperationsSpace, "clear-bgp", clear_bgp, Needs::clear},
}};

}  // namespace

const Operation* find_operation(const xml::Element& asked) {
    for (const Operation& operation : kOperations) {
        if (asked.is(operation.space, operation.name)) return &operation;
    }
    return nullptr;
}

}  // namespace torii::rpc
