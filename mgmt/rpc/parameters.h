#pragma once

#include "mgmt/rpc/backend.h"
#include "mgmt/xml/xml.h"
#include "mgmt/yang/data_tree.h"
#include "mgmt/yang/table_wish.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace torii::rpc {

inline constexpr std::string_view kWithDefaultsSpace =
    "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults";

// A child of the operation, or null. Without a namespace it is taken, too: what users give ncclient
// as <config> has none.
[[nodiscard]] const xml::Element* find_parameter(const xml::Element& operation,
                                                 std::string_view name);

// The first child that the operation does not have, as an error.
[[nodiscard]] std::optional<RpcError> unknown_parameter(
    const xml::Element& operation, std::initializer_list<std::string_view> known);

// <source> or <target> as one of the configurations. What names another one (startup, url) is an
// error.
[[nodiscard]] Result<Target, RpcError> target_of(const xml::Element& operation,
                                                 std::string_view parameter);

// <with-defaults>; without it: as it was written.
[[nodiscard]] Result<yang::WithDefaults, RpcError> with_defaults_of(const xml::Element& operation);

// A parameter that is a number; nothing without it.
[[nodiscard]] Result<std::optional<std::uint32_t>, RpcError> number_of(
    const xml::Element& operation, std::string_view parameter);

// Text of a parameter; empty without it.
[[nodiscard]] std::string text_of(const xml::Element& operation, std::string_view parameter);

// The lists read on demand that the operation's <filter> names. A faulty one names none.
[[nodiscard]] yang::TableWishes tables_wanted(const yang::Schema& schema,
                                              const xml::Element& operation);

// Leaves in `tree` what the operation's <filter> selects.
[[nodiscard]] Result<void, RpcError> apply_filter(const xml::Element& operation,
                                                  yang::DataTree& tree);

}  // namespace torii::rpc
