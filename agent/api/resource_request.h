#pragma once

#include "agent/api/transport.h"
#include "agent/kube/object.h"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace torii::api {

// What the server has of a resource that we write.
struct Kept {
    kube::ObjectKey key;  // in the version that the server uses
    std::string plural;
    std::string uid;
    std::string resource_version;
    boost::json::object status;
};

// The status as a patch has it: what it leaves out of the load balancer is taken away.
[[nodiscard]] boost::json::object wanted_status(boost::json::object status);
// The status of a service that is not ours any more: no addresses, and not this condition.
[[nodiscard]] boost::json::object released_status(std::string_view condition);

// Whether the status has a condition of this type.
[[nodiscard]] bool has_condition(const boost::json::object& status, std::string_view type);
// Whether the status says all that is wanted; it may say more.
[[nodiscard]] bool says(const boost::json::object& status, const boost::json::object& wanted);

// A PATCH of the status subresource, for exactly this version of this resource. Of a service others
// keep their conditions (strategic merge); resources of other groups know only the plain merge.
[[nodiscard]] Request status_patch(const Kept& kept, const boost::json::object& wanted);
// The same for a status that nobody else writes: whatever version the rest of the resource has.
[[nodiscard]] Request own_status_patch(const Kept& kept, const boost::json::object& wanted);

// What is made: a new one in a collection, another spec and owner, other annotations, none any
// more.
[[nodiscard]] Request create_request(const std::string& collection,
                                     const boost::json::object& content);
[[nodiscard]] Request change_request(const Kept& kept, const boost::json::object& content);
[[nodiscard]] Request delete_request(const Kept& kept);

}  // namespace torii::api
