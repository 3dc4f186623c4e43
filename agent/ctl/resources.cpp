#include "agent/ctl/resources.h"

#include "agent/kube/decode.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace torii::agent {
namespace json = boost::json;

Result<kube::Object> checked_resource(const json::object& content, const std::string& file) {
    auto objects = kube::read_objects(json::serialize(content), file);
    if (!objects) return unexpected(objects.error().front());
    model::Snapshot scratch;
    std::string all;
    for (const Error& problem : kube::decode(objects->front(), scratch)) {
        all += (all.empty() ? "" : "\n") + problem.message;
    }
    if (!all.empty()) return unexpected(Error{all});
    return std::move(objects->front());
}

void merge(json::object& target, const json::object& change) {
    for (const auto& member : change) {
        if (member.value().is_null()) {
            target.erase(member.key());
            continue;
        }
        const json::object* inner = member.value().if_object();
        if (inner == nullptr) {
            target[member.key()] = member.value();
            continue;
        }
        json::value& place = target[member.key()];
        if (!place.is_object()) place = json::object();
        merge(place.as_object(), *inner);
    }
}

json::object three_way_change(const json::object& last, const json::object& wanted) {
    json::object change;
    for (const auto& member : last) {
        if (!wanted.contains(member.key())) change[member.key()] = nullptr;
    }
    for (const auto& member : wanted) {
        const json::value* before = last.if_contains(member.key());
        const bool both = before != nullptr && before->is_object() && member.value().is_object();
        change[member.key()] =
            both ? json::value(three_way_change(before->get_object(), member.value().get_object()))
                 : member.value();
    }
    return change;
}

}  // namespace torii::agent
