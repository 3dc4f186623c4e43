#pragma once

#include "mgmt/xml/xml.h"
#include "mgmt/yang/problem.h"
#include "mgmt/yang/schema.h"
#include "mgmt/yang/xml_edit.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::rpc {

inline constexpr std::string_view kNetconfSpace = "urn:ietf:params:xml:ns:netconf:base:1.0";

// An <rpc-error> (RFC 6241 section 4.3, appendix A).
struct RpcError {
    std::string type;  // transport, rpc, protocol, application
    std::string tag;
    std::string message;
    std::string app_tag{};
    std::string path{};
    xml::Prefixes prefixes{};                                 // of the path
    std::vector<std::pair<std::string, std::string>> info{};  // name and text
};
using RpcErrors = std::vector<RpcError>;

[[nodiscard]] std::string to_xml(const RpcErrors& errors);

// The operation cannot be done as it is asked for.
[[nodiscard]] RpcError operation_failed(std::string message);
[[nodiscard]] RpcError not_supported(std::string message);
[[nodiscard]] RpcError invalid_value(std::string_view element, std::string message);
[[nodiscard]] RpcError missing_element(std::string_view element, std::string_view in);
[[nodiscard]] RpcError unknown_element(std::string_view element, std::string_view in);
[[nodiscard]] RpcError missing_attribute(std::string_view attribute, std::string_view element);
[[nodiscard]] RpcError in_use(std::string message);

[[nodiscard]] RpcErrors errors_of(const yang::Schema& schema,
                                  const std::vector<yang::EditProblem>& problems);
[[nodiscard]] RpcErrors errors_of(const yang::Schema& schema, const yang::Problems& problems);

}  // namespace torii::rpc
