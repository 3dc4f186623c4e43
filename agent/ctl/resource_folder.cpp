#include "agent/ctl/resource_folder.h"

#include "agent/kube/yaml.h"
#include "platform/base/durable_file.h"

#include <fmt/format.h>

#include <algorithm>
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
    const auto text = read_text(path.string());
    if (!text) return unexpected(std::vector{text.error()});
    return kube::read_objects(text->value_or(""), path.filename().string());
}

}  // namespace

ResourceFolder::ResourceFolder(fs::path manifests, fs::path statuses, std::string now)
    : manifests_(std::move(manifests)), statuses_(std::move(statuses)), now_(std::move(now)) {}

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
    read_statuses();
    read_generated();
    return {};
}

// Of a folder that is not there, nothing.
void ResourceFolder::read_statuses() {
    std::error_code error;
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
}

void ResourceFolder::read_generated() {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(statuses_ / "generated", error)) {
        if (!is_manifest(entry.path())) continue;
        const auto objects = read_file(entry.path());
        if (!objects) continue;
        for (const kube::Object& object : *objects) {
            const std::string name = identity(object.key);
            if (!places_.contains(name)) generated_.emplace(name, object);
        }
    }
}

kube::Object ResourceFolder::with_status(const kube::Object& object) const {
    kube::Object whole = object;
    const auto status = status_of_.find(identity(object.key));
    if (status == status_of_.end()) return whole;
    json::value& shown = whole.content["status"];
    if (!shown.is_object()) shown = json::object();
    for (const auto& member : status->second) shown.as_object()[member.key()] = member.value();
    return whole;
}

Result<std::vector<kube::Object>> ResourceFolder::find(const Kind& kind,
                                                       const std::string& namespace_name,
                                                       const std::string& name) {
    std::vector<kube::Object> found;
    const auto take = [&](const kube::Object& object) {
        if (object.key.kind != kind.kind) return;
        if (!namespace_name.empty() && object.key.namespace_name != namespace_name) return;
        if (name.empty() || object.key.name == name) found.push_back(with_status(object));
    };
    for (const auto& [identity, place] : places_) take(files_.at(place.file)[place.index]);
    for (const auto& [identity, object] : generated_) take(object);
    std::ranges::sort(found, {}, [](const kube::Object& object) {
        return std::pair(object.key.namespace_name, object.key.name);
    });
    return found;
}

const ResourceFolder::Place* ResourceFolder::place_of(const kube::ObjectKey& key) const {
    const auto found = places_.find(identity(key));
    return found == places_.end() ? nullptr : &found->second;
}

Result<Resources::Change> ResourceFolder::apply(kube::Object object) {
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
        return replace_at(*place, std::move(content));
    }
    if (object.creation_timestamp.empty()) {
        object.content["metadata"].as_object()["creationTimestamp"] = now_;
    }
    const std::string file = kube::file_name(object.key);
    Result<kube::Object> good = checked_resource(object.content, object.file);
    if (!good) return unexpected(good.error());
    places_[identity(object.key)] = {file, files_[file].size()};
    files_[file].push_back(std::move(*good));
    if (auto written = write(file); !written) return unexpected(written.error());
    return Change::created;
}

Result<void> ResourceFolder::remove(const kube::ObjectKey& key) {
    const Place* found = place_of(key);
    if (found == nullptr) return unexpected(absent(key));
    const Place place = *found;
    std::vector<kube::Object>& objects = files_.at(place.file);
    objects.erase(objects.begin() + static_cast<std::ptrdiff_t>(place.index));
    std::erase_if(places_, [&](const auto& entry) { return entry.second.file == place.file; });
    for (std::size_t index = 0; index < objects.size(); ++index) {
        places_.emplace(identity(objects[index].key), Place{place.file, index});
    }
    return write(place.file);
}

Error ResourceFolder::absent(const kube::ObjectKey& key) const {
    if (!generated_.contains(identity(key))) {
        return {fmt::format("{} {} is not there", key.kind, key.name)};
    }
    return {fmt::format("{} {} is made by the controller: change what it is made of", key.kind,
                        key.name)};
}

Result<Resources::Change> ResourceFolder::patch(const kube::ObjectKey& key,
                                                const json::object& change) {
    const Place* place = place_of(key);
    if (place == nullptr) return unexpected(absent(key));
    json::object content = files_.at(place->file)[place->index].content;
    merge(content, change);
    return replace_at(*place, std::move(content));
}

Result<Resources::Change> ResourceFolder::replace(const kube::ObjectKey& key,
                                                  json::object content) {
    const Place* place = place_of(key);
    if (place == nullptr) return unexpected(absent(key));
    return replace_at(*place, std::move(content));
}

Result<Resources::Change> ResourceFolder::replace_at(const Place& place, json::object content) {
    kube::Object& object = files_.at(place.file)[place.index];
    if (object.content == content) return Change::unchanged;
    Result<kube::Object> good = checked_resource(content, place.file);
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
    if (!text.empty()) return replace_file(path.string(), text);
    std::error_code error;
    fs::remove(path, error);
    if (error) return fail("cannot remove {}: {}", path.string(), error.message());
    return {};
}

}  // namespace torii::agent
