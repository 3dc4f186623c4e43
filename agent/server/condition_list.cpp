#include "agent/server/condition_list.h"

#include <boost/json/object.hpp>

namespace torii::agent {
namespace json = boost::json;
namespace {

std::string text(const json::value& object, std::string_view name) {
    const json::object* fields = object.if_object();
    const json::value* found = fields != nullptr ? fields->if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

}  // namespace

ConditionList::ConditionList(const kube::Statuses& before, const kube::ObjectKey& key,
                             std::string now)
    : now_(std::move(now)) {
    const auto found = before.find(key);
    if (found == before.end()) return;
    const json::value* conditions = found->second.if_contains("conditions");
    const json::array* list = conditions != nullptr ? conditions->if_array() : nullptr;
    if (list == nullptr) return;
    for (const json::value& condition : *list) {
        since_[{text(condition, "type"), text(condition, "status")}] =
            text(condition, "lastTransitionTime");
    }
}

void ConditionList::add(const model::StatusCondition& condition) {
    const auto since = since_.find({condition.type, condition.status});
    list_.push_back({{"type", condition.type},
                     {"status", condition.status},
                     {"lastTransitionTime", since == since_.end() ? now_ : since->second},
                     {"reason", condition.reason},
                     {"message", condition.message}});
}

}  // namespace torii::agent
