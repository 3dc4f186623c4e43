#pragma once

#include <boost/json/object.hpp>

#include <platform/ipc/proto/controlplane.pb.h>
#include <string>
#include <vector>

namespace torii::show {

// Something to be told of a neighbor, to people and to programs: whoever adds one cannot forget
// either.
struct NeighborFact {
    std::string line;  // with its end
    boost::json::object values;
};

// Of one family of a session, in the words and with the names of FRR: what policies and limits do
// with its routes.
[[nodiscard]] std::vector<NeighborFact> family_facts(const ipc::BgpNeighborState& neighbor,
                                                     const ipc::BgpPrefixCounts& counts);

// What is not so of each session: roles (RFC 9234), on one side at least, and rules that are off.
[[nodiscard]] std::vector<NeighborFact> session_facts(const ipc::BgpNeighborState& neighbor);

}  // namespace torii::show
