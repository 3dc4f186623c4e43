#pragma once

#include "agent/kube/store.h"
#include "agent/model/service.h"

#include <boost/json/array.hpp>

#include <map>
#include <string>
#include <utility>

namespace torii::agent {

// Makes the `conditions` of one resource's status. One that is as before keeps the time of its last
// transition, others get `now` (RFC 3339).
class ConditionList {
public:
    ConditionList(const kube::Statuses& before, const kube::ObjectKey& key, std::string now);

    void add(const model::StatusCondition& condition);
    [[nodiscard]] boost::json::array take() && { return std::move(list_); }

private:
    std::string now_;
    std::map<std::pair<std::string, std::string>, std::string> since_;  // by type and status
    boost::json::array list_;
};

}  // namespace torii::agent
