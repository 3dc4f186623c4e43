#pragma once

#include "mgmt/rpc/backend.h"
#include "mgmt/xml/xml.h"

#include <string_view>

namespace torii::rpc {

class NetconfSession;

// Does what `asked`, the child of <rpc>, wants. `done` may come at once or later; `asked` may be
// gone by then.
using Run = void (*)(NetconfSession& session, const xml::Element& asked, const Replied& done);

// What is not of RFC 6241: torii-operations.yang.
inline constexpr std::string_view kOperationsSpace = "urn:torii:operations";

struct Operation {
    std::string_view space;
    std::string_view name;
    Run run;
    Needs needs;
};

// Null: there is none of this name.
[[nodiscard]] const Operation* find_operation(const xml::Element& asked);

// Reading: retrieval.cpp
void get(NetconfSession& session, const xml::Element& asked, const Replied& done);
void get_config(NetconfSession& session, const xml::Element& asked, const Replied& done);
void get_schema(NetconfSession& session, const xml::Element& asked, const Replied& done);

// Writing the candidate: editing.cpp
void edit_config(NetconfSession& session, const xml::Element& asked, const Replied& done);
void copy_config(NetconfSession& session, const xml::Element& asked, const Replied& done);
void delete_config(NetconfSession& session, const xml::Element& asked, const Replied& done);
void discard_changes(NetconfSession& session, const xml::Element& asked, const Replied& done);
void validate(NetconfSession& session, const xml::Element& asked, const Replied& done);

// Events: subscription.cpp
void create_subscription(NetconfSession& session, const xml::Element& asked, const Replied& done);

// Our own: own_operations.cpp
void get_page(NetconfSession& session, const xml::Element& asked, const Replied& done);
void clear_bgp(NetconfSession& session, const xml::Element& asked, const Replied& done);

// Commits, locks and sessions: control.cpp
void commit(NetconfSession& session, const xml::Element& asked, const Replied& done);
void cancel_commit(NetconfSession& session, const xml::Element& asked, const Replied& done);
void lock(NetconfSession& session, const xml::Element& asked, const Replied& done);
void unlock(NetconfSession& session, const xml::Element& asked, const Replied& done);
void close_session(NetconfSession& session, const xml::Element& asked, const Replied& done);
void kill_session(NetconfSession& session, const xml::Element& asked, const Replied& done);

}  // namespace torii::rpc
