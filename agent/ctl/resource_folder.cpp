#include "agent/ctl/resource_folder.h"

#include "agent/kube/decode.h"
#include "agent/kube/replace_file.h"
#include "agent/kube/yaml.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace torii::agent {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

// The version of the API is not part of what names a resource.
std::string identity(const kube::ObjectKey& key) {
    return fmt::format("{}/{}/{}", key.kind, key.namespace_name, key.name);
}

bool is_manifest(const fs::path& path) {
    const fs::path extension = path.extension();
    return !path.filename().string().starts_with('.') &&
           (extension == ".yaml" || extension == ".yml" || extension == ".json");
}

Result<std::vector<kube::Object>, std::vector<Error>> read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return kube::read_objects(text, path.filename().string());
}

Result<kube::Object> checked(json::object content, const std::string& file) {
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

}  // namespace

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

ResourceFolder::ResourceFolder(fs::path manifests, fs::path statuses)
    : manifests_(std::move(manifests)), statuses_(std::move(statuses)) {}

Result<void> ResourceFolder::read() {
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(manifests_, error)) {
        if (!is_manifest(entry.path())) continue;
        auto objects = read_file(entry.path());
        if (!objects) {
            problems_.insert(problems_.end(), objects.error().begin(), objects.error().end());
            continue;
        }
        const std::string name = entry.path().filename().string();
        for (std::size_t index = 0; index < objects->size(); ++index) {
            places_.emplace(identity((*objects)[index].key), Place{name, index});
        }
        files_[name] = std::move(*objects);
    }
    if (error) return fail("cannot read folder {}: {}", manifests_.string(), error.message());
    for (const fs::directory_entry& entry : fs::directory_iterator(statuses_, error)) {
        if (!is_manifest(entry.path())) continue;
        const auto objects = read_file(entry.path());
        if (!objects) continue;
        for (const kube::Object& object : *objects) {
            const json::value* status = object.content.if_contains("status");
            if (status == nullptr || !status->is_object()) continue;
            status_of_[identity(object.key)] = status->as_object();
        }
    }
    return {};
}

std::vector<kube::Object> ResourceFolder::find(std::string_view kind,
                                               std::string_view namespace_name) const {
    std::vector<kube::Object> found;
    for (const auto& [name, place] : places_) {
        const kube::Object& object = files_.at(place.file)[place.index];
        if (object.key.kind != kind) continue;
        if (!namespace_name.empty() && object.key.namespace_name != namespace_name) continue;
        found.push_back(object);
        if (const auto status = status_of_.find(name); status != status_of_.end()) {
            json::value& shown = found.back().content["status"];
            if (!shown.is_object()) shown = json::object();
            for (const auto& member : status->second) {
                shown.as_object()[member.key()] = member.value();
            }
        }
    }
    std::ranges::sort(found, {}, [](const kube::Object& object) {
        return std::pair(object.key.namespace_name, object.key.name);
    });
    return found;
}

const ResourceFolder::Place* ResourceFolder::place_of(const kube::ObjectKey& key) const {
    const auto found = places_.find(identity(key));
    return found == places_.end() ? nullptr : &found->second;
}

Result<ResourceFolder::Change> ResourceFolder::apply(kube::Object object, const std::string& now) {
    const Place* place = place_of(object.key);
    if (place != nullptr) {
        // What the cluster adds to a resource stays.
        const kube::Object& before = files_.at(place->file)[place->index];
        json::object content = object.content;
        if (object.creation_timestamp.empty() && !before.creation_timestamp.empty()) {
            content["metadata"].as_object()["creationTimestamp"] = before.creation_timestamp;
        }
        const json::value* status = before.content.if_contains("status");
        if (status != nullptr && !content.contains("status")) content["status"] = *status;
        return replace(*place, std::move(content));
    }
    if (object.creation_timestamp.empty()) {
        object.content["metadata"].as_object()["creationTimestamp"] = now;
    }
    const std::string space =
        object.key.namespace_name.empty() ? "" : object.key.namespace_name + '_';
    const std::string file = fmt::format("{}_{}{}.yaml", object.key.kind, space, object.key.name);
    Result<kube::Object> good = checked(object.content, object.file);
    if (!good) return unexpected(good.error());
    places_[identity(object.key)] = {file, files_[file].size()};
    files_[file].push_back(std::move(*good));
    if (auto written = write(file); !written) return unexpected(written.error());
    return Change::created;
}

Result<void> ResourceFolder::remove(const kube::ObjectKey& key) {
    const Place* found = place_of(key);
    if (found == nullptr) return fail("{} {} is not there", key.kind, key.name);
    const Place place = *found;
    std::vector<kube::Object>& objects = files_.at(place.file);
    objects.erase(objects.begin() + static_cast<std::ptrdiff_t>(place.index));
    std::erase_if(places_, [&](const auto& entry) { return entry.second.file == place.file; });
    for (std::size_t index = 0; index < objects.size(); ++index) {
        places_.emplace(identity(objects[index].key), Place{place.file, index});
    }
    return write(place.file);
}

Result<ResourceFolder::Change> ResourceFolder::patch(const kube::ObjectKey& key,
                                                     const json::object& change) {
    const Place* place = place_of(key);
    if (place == nullptr) return fail("{} {} is not there", key.kind, key.name);
    json::object content = files_.at(place->file)[place->index].content;
    merge(content, change);
    return replace(*place, std::move(content));
}

Result<ResourceFolder::Change> ResourceFolder::replace(const Place& place, json::object content) {
    kube::Object& object = files_.at(place.file)[place.index];
    if (object.content == content) return Change::unchanged;
    Result<kube::Object> good = checked(std::move(content), place.file);
    if (!good) return unexpected(good.error());
    if (identity(good->key) != identity(object.key)) return fail("the name cannot be changed");
    object = std::move(*good);
    if (auto written = write(place.file); !written) return unexpected(written.error());
    return Change::configured;
}

Result<void> ResourceFolder::write(const std::string& file) {
    const fs::path path = manifests_ / file;
    std::string text;
    for (const kube::Object& object : files_.at(file)) {
        if (!text.empty()) text += "---\n";
        text += kube::to_yaml(object.content);
    }
    if (!text.empty()) return kube::replace_file(path, text);
    std::error_code error;
    fs::remove(path, error);
    if (error) return fail("cannot remove {}: {}", path.string(), error.message());
    return {};
}

}  // namespace torii::agent
