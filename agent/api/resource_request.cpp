#include "agent/api/resource_request.h"

#include "agent/api/resource_type.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace torii::api {
namespace json = boost::json;
namespace {

bool contains(const json::value* actual, const json::value& wanted);

const json::value* type_of(const json::value& item) {
    const json::object* object = item.if_object();
    return object != nullptr ? object->if_contains("type") : nullptr;
}

// Conditions are told apart by their type, whatever their order; other lists are whole.
bool contains(const json::array& actual, const json::array& wanted) {
    const bool conditions =
        !wanted.empty() && std::ranges::all_of(wanted, [](const json::value& item) {
            return type_of(item) != nullptr;
        });
    if (!conditions) {
        return std::ranges::equal(actual, wanted, [](const json::value& a, const json::value& w) {
            return contains(&a, w);
        });
    }
    return std::ranges::all_of(wanted, [&](const json::value& item) {
        return std::ranges::any_of(actual, [&](const json::value& candidate) {
            const json::value* type = type_of(candidate);
            return type != nullptr && *type == *type_of(item) && contains(&candidate, item);
        });
    });
}

bool contains(const json::value* actual, const json::value& wanted) {
    if (wanted.is_null()) return actual == nullptr || actual->is_null();
    if (actual == nullptr || actual->kind() != wanted.kind()) return false;
    if (wanted.is_array()) return contains(actual->get_array(), wanted.get_array());
    if (!wanted.is_object()) return *actual == wanted;
    return std::ranges::all_of(wanted.get_object(), [&](const json::key_value_pair& member) {
        return contains(actual->get_object().if_contains(member.key()), member.value());
    });
}

constexpr std::string_view kMergePatch = "application/merge-patch+json";
constexpr const char* kFieldManager = "?fieldManager=torii-agent";

json::object identity_of(const Kept& kept) {
    return {{"uid", kept.uid}, {"resourceVersion", kept.resource_version}};
}

Request request(const Kept& kept, std::string method, std::string_view subresource,
                std::string_view content_type, const json::object& body) {
    const std::string& version = kept.key.api_version;
    const std::size_t slash = version.find('/');
    const bool core = slash == std::string::npos;
    const std::string group = core ? "" : version.substr(0, slash);
    Request made;
    made.method = std::move(method);
    made.target = collection_path(group, core ? version : version.substr(slash + 1),
                                  kept.key.namespace_name, kept.plural) +
                  '/' + url_encoded(kept.key.name) + std::string(subresource) + kFieldManager;
    made.content_type = content_type;
    made.body = json::serialize(body);
    return made;
}

}  // namespace

json::object wanted_status(json::object status) {
    if (json::value* balancer = status.if_contains("loadBalancer")) {
        json::object* fields = balancer->if_object();
        if (fields != nullptr) fields->emplace("ingress", nullptr);  // unless it is there
        // An object that is only null inside is none for the server, either.
    }
    return status;
}

json::object released_status(std::string_view condition) {
    return {{"loadBalancer", {{"ingress", nullptr}}},
            {"conditions", {{{"$patch", "delete"}, {"type", condition}}}}};
}

bool has_condition(const json::object& status, std::string_view type) {
    const json::value* found = status.if_contains("conditions");
    const json::array* conditions = found != nullptr ? found->if_array() : nullptr;
    return conditions != nullptr &&
           std::ranges::any_of(*conditions, [&](const json::value& condition) {
               const json::value* name = type_of(condition);
               return name != nullptr && name->is_string() && name->get_string() == type;
           });
}

bool says(const json::object& status, const json::object& wanted) {
    json::object actual = status;
    // The server leaves out what is empty.
    actual.emplace("loadBalancer", json::object());
    const json::value whole = std::move(actual);
    return contains(&whole, wanted);
}

Request status_patch(const Kept& kept, const json::object& wanted) {
    const bool core = kept.key.api_version.find('/') == std::string::npos;
    return request(kept, "PATCH", "/status",
                   core ? "application/strategic-merge-patch+json" : kMergePatch,
                   {{"metadata", identity_of(kept)}, {"status", wanted}});
}

Request own_status_patch(const Kept& kept, const json::object& wanted) {
    return request(kept, "PATCH", "/status", kMergePatch,
                   {{"metadata", {{"uid", kept.uid}}}, {"status", wanted}});
}

Request create_request(const std::string& collection, const json::object& content) {
    Request made;
    made.method = "POST";
    made.target = collection + kFieldManager;
    made.content_type = "application/json";
    made.body = json::serialize(content);
    return made;
}

Request change_request(const Kept& kept, const json::object& content) {
    json::object metadata = identity_of(kept);
    for (const char* part : {"ownerReferences", "annotations"}) {
        const json::value* wanted = content.at("metadata").as_object().if_contains(part);
        if (wanted != nullptr) metadata[part] = *wanted;
    }
    return request(kept, "PATCH", "", kMergePatch,
                   {{"metadata", std::move(metadata)}, {"spec", content.at("spec")}});
}

Request delete_request(const Kept& kept) {
    return request(
        kept, "DELETE", "", "application/json",
        {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", identity_of(kept)}});
}

}  // namespace torii::api
