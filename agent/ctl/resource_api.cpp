#include "agent/ctl/resource_api.h"

#include "agent/api/blocking.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace torii::agent {
namespace json = boost::json;
using kube::ObjectKey;
namespace {

constexpr std::size_t kAnswerMax = std::size_t{256} << 20U;
constexpr std::string_view kMergePatch = "application/merge-patch+json";
constexpr std::string_view kManager = "?fieldManager=toriictl";
constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

const api::ResourceType* type_of(std::string_view kind) {
    const auto types = api::resource_types();
    const auto found = std::ranges::find(types, kind, &api::ResourceType::kind);
    return found == types.end() ? nullptr : &*found;
}

std::string text_at(const json::object& resource, std::string_view name) {
    const json::value* metadata = resource.if_contains("metadata");
    const json::object* fields = metadata != nullptr ? metadata->if_object() : nullptr;
    const json::value* found = fields != nullptr ? fields->if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

// What was applied last; nothing when that was never done.
json::object last_applied(const json::object& live) {
    boost::system::error_code error;
    const json::value whole = live;
    const json::value* annotations = whole.find_pointer("/metadata/annotations", error);
    const json::object* fields = annotations != nullptr ? annotations->if_object() : nullptr;
    const json::value* text = fields != nullptr ? fields->if_contains(kLastApplied) : nullptr;
    if (text == nullptr || !text->is_string()) return {};
    json::value last = json::parse(text->get_string(), error);
    if (error || !last.is_object()) return {};
    return std::move(last.get_object());
}

json::object with_last_applied(json::object content) {
    const std::string text = json::serialize(content) + '\n';
    json::value& metadata = content["metadata"];
    json::value& annotations = metadata.as_object()["annotations"];
    if (!annotations.is_object()) annotations = json::object();
    annotations.get_object()[kLastApplied] = text;
    return content;
}

}  // namespace

ResourceApi::ResourceApi(api::Access access)
    : server_(access.server()),
      transport_(loop_, std::make_shared<const api::Access>(std::move(access))) {}

ResourceApi::Answer ResourceApi::exchange(api::Request request) {
    const api::Answer got = api::exchange(loop_, transport_, std::move(request), kAnswerMax);
    boost::system::error_code error;
    return {got.outcome, json::parse(got.body, error)};
}

Result<json::object> ResourceApi::call(std::string_view method, const std::string& target,
                                       std::string_view content_type, const json::object& body) {
    api::Request request;
    request.method = method;
    request.target = target;
    request.content_type = content_type;
    if (!content_type.empty()) request.body = json::serialize(body);
    Answer answer = exchange(std::move(request));
    if (!answer.outcome.good()) return fail("{}: {}", server_, answer.outcome.text());
    if (!answer.body.is_object()) return fail("{}: the answer is no object", server_);
    return std::move(answer.body.get_object());
}

Result<std::string_view> ResourceApi::version_of(const api::ResourceType& type) {
    const auto known = versions_.find(type.kind);
    if (known != versions_.end()) return known->second;
    for (const std::string_view version : type.versions) {
        api::Request request;
        request.target = api::collection_path(type.group, version, {}, type.plural) + "?limit=1";
        const Answer answer = exchange(std::move(request));
        if (answer.outcome.status == 404) continue;
        if (answer.outcome.status == 0) return fail("{}: {}", server_, answer.outcome.text());
        // Who may not list all may still change some: the type is there.
        versions_[type.kind] = version;
        return version;
    }
    return fail("{}: the server does not have resources of kind {}", server_, type.kind);
}

Result<std::string> ResourceApi::collection(std::string_view kind,
                                            const std::string& namespace_name) {
    const api::ResourceType* type = type_of(kind);
    if (type == nullptr) return fail("kind {}: is not one that agents read", kind);
    const auto version = version_of(*type);
    if (!version) return unexpected(version.error());
    return api::collection_path(type->group, *version, namespace_name, type->plural);
}

Result<std::string> ResourceApi::path(const ObjectKey& key) {
    auto path = collection(key.kind, key.namespace_name);
    if (path) *path += '/' + api::url_encoded(key.name);
    return path;
}

Result<std::optional<json::object>> ResourceApi::get(const ObjectKey& key) {
    const auto target = path(key);
    if (!target) return unexpected(target.error());
    api::Request request;
    request.target = *target;
    Answer answer = exchange(std::move(request));
    if (answer.outcome.status == 404) return std::optional<json::object>();
    if (!answer.outcome.good()) return fail("{}: {}", server_, answer.outcome.text());
    if (!answer.body.is_object()) return fail("{}: the answer is no object", server_);
    return std::optional(std::move(answer.body.get_object()));
}

Result<std::vector<kube::Object>> ResourceApi::find(const Kind& kind,
                                                    const std::string& namespace_name,
                                                    const std::string& name) {
    std::vector<kube::Object> found;
    const auto target = collection(kind.kind, namespace_name);
    if (!target) return unexpected(target.error());
    if (auto listed = list(kind, *target, found); !listed) return unexpected(listed.error());
    if (!name.empty()) {
        std::erase_if(found, [&](const kube::Object& object) { return object.key.name != name; });
    }
    std::ranges::sort(found, {}, [](const kube::Object& object) {
        return std::pair(object.key.namespace_name, object.key.name);
    });
    return found;
}

Result<void> ResourceApi::list(const Kind& kind, const std::string& collection,
                               std::vector<kube::Object>& found) {
    const api::ResourceType& type = *type_of(kind.kind);
    const std::string version = api::api_version(type.group, versions_.at(type.kind));
    std::string next;
    do {
        const std::string more = next.empty() ? "" : "&continue=" + api::url_encoded(next);
        auto page = call("GET", collection + "?limit=500" + more);
        if (!page) return unexpected(page.error());
        next = text_at(*page, "continue");
        json::value* items = page->if_contains("items");
        if (items == nullptr || !items->is_array()) continue;
        for (json::value& item : items->get_array()) {
            if (!item.is_object()) continue;
            // Items of a list are without these.
            json::object whole{{"apiVersion", version}, {"kind", kind.kind}};
            for (auto& member : item.get_object()) whole[member.key()] = std::move(member.value());
            const ObjectKey key{version, std::string(kind.kind), text_at(whole, "namespace"),
                                text_at(whole, "name")};
            auto object = kube::read_object(std::move(whole), key);
            if (object) found.push_back(std::move(*object));
        }
    } while (!next.empty());
    return {};
}

Result<Resources::Change> ResourceApi::change(const ObjectKey& key, const std::string& before,
                                              const json::object& change) {
    const auto target = path(key);
    if (!target) return unexpected(target.error());
    const auto changed = call("PATCH", *target + std::string(kManager), kMergePatch, change);
    if (!changed) return unexpected(changed.error());
    return text_at(*changed, "resourceVersion") == before ? Change::unchanged : Change::configured;
}

Result<Resources::Change> ResourceApi::apply(kube::Object object) {
    const auto good = checked_resource(object.content, object.file);
    if (!good) return unexpected(good.error());
    const auto live = get(object.key);
    if (!live) return unexpected(live.error());
    json::object wanted = with_last_applied(std::move(object.content));
    if (!*live) {
        const auto target = collection(object.key.kind, object.key.namespace_name);
        if (!target) return unexpected(target.error());
        const auto made = call("POST", *target + std::string(kManager), "application/json", wanted);
        if (!made) return unexpected(made.error());
        return Change::created;
    }
    // The server may have it in another version of its API.
    for (const std::string_view name : {"apiVersion", "kind"}) {
        if (const json::value* there = (*live)->if_contains(name)) wanted[name] = *there;
    }
    json::object change = three_way_change(last_applied(**live), wanted);
    json::object result = **live;
    merge(result, change);
    if (result == **live) return Change::unchanged;
    return this->change(object.key, text_at(**live, "resourceVersion"), change);
}

Result<void> ResourceApi::remove(const ObjectKey& key) {
    const auto live = get(key);
    if (!live) return unexpected(live.error());
    if (!*live) return fail("{} {} is not there", key.kind, key.name);
    const auto target = path(key);
    if (!target) return unexpected(target.error());
    const auto removed = call("DELETE", *target);
    if (!removed) return unexpected(removed.error());
    return {};
}

Result<Resources::Change> ResourceApi::patch(const ObjectKey& key, const json::object& change) {
    const auto live = get(key);
    if (!live) return unexpected(live.error());
    if (!*live) return fail("{} {} is not there", key.kind, key.name);
    json::object result = **live;
    merge(result, change);
    if (const auto good = checked_resource(result, key.name); !good) {
        return unexpected(good.error());
    }
    return this->change(key, text_at(**live, "resourceVersion"), change);
}

Result<Resources::Change> ResourceApi::replace(const ObjectKey& key, json::object content) {
    const auto good = checked_resource(content, key.name);
    if (!good) return unexpected(good.error());
    const auto target = path(key);
    if (!target) return unexpected(target.error());
    const std::string before = text_at(content, "resourceVersion");
    const auto changed = call("PUT", *target + std::string(kManager), "application/json", content);
    if (!changed) return unexpected(changed.error());
    return text_at(*changed, "resourceVersion") == before ? Change::unchanged : Change::configured;
}

}  // namespace torii::agent
