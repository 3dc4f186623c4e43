#pragma once

#include "mgmt/xml/xml.h"
#include "mgmt/yang/schema.h"

#include <map>
#include <string>
#include <vector>

namespace torii::yang {

// Lists of state that may be very long are marked on-demand in the model: who wants one names it,
// and then it is read with what is known of the entries wanted.
struct TableWish {
    std::string table;  // "bgp/neighbor/state/received-path"
    // Values that all entries wanted have: of keys of lists they are in ("address"), and of leaves
    // of their own ("prefix"). What is selected of them in the end is narrower still.
    std::map<std::string, std::string> with{};
    friend bool operator==(const TableWish&, const TableWish&) = default;
};
using TableWishes = std::vector<TableWish>;

// Why what was wished for is not told.
struct TableFault {
    std::string message;
    bool too_big = false;
};

[[nodiscard]] bool is_on_demand(const lysc_node* node);

// The tables that a subtree filter names (RFC 6241 section 6).
[[nodiscard]] TableWishes tables_of_subtree(const Schema& schema, const xml::Element& filter);

// Those that an XPath selects entries or leaves of. A faulty one selects nothing.
[[nodiscard]] TableWishes tables_of_xpath(const Schema& schema, const std::string& xpath,
                                          const xml::Prefixes& prefixes);

}  // namespace torii::yang
