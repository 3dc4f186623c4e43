#include "agent/kube/manifest_folder.h"

#include "agent/kube/decode.h"
#include "platform/base/durable_file.h"

#include <system_error>
#include <utility>

namespace torii::kube {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kManifestMax = std::size_t{16} << 20U;

bool is_manifest(const fs::path& path) {
    // Hidden names are what editors leave and the folders of a ConfigMap mount.
    if (path.filename().string().starts_with('.')) return false;
    const fs::path extension = path.extension();
    return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

// The same resource in another version of its API is the same resource.
ObjectKey identity(const ObjectKey& key) {
    ObjectKey same = key;
    same.api_version.resize(std::min(key.api_version.find('/'), key.api_version.size()));
    if (same.api_version == key.api_version) same.api_version.clear();
    return same;
}

// A file that is gone meanwhile is not there.
void add_text(const fs::path& path, std::map<std::string, Result<std::string>>& texts) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return;
    auto text = read_text(path.string(), kManifestMax);
    const std::string name = path.filename().string();
    if (!text) {
        texts.emplace(name, unexpected(text.error()));
    } else if (*text) {
        texts.emplace(name, std::move(**text));
    }
}

}  // namespace

Result<Reading> ManifestFolder::read() {
    const auto texts = read_files();
    if (!texts) return unexpected(texts.error());
    std::erase_if(files_, [&](const auto& file) { return !texts->contains(file.first); });
    for (const auto& [name, text] : *texts) update(name, text);
    return collect();
}

Result<std::map<std::string, Result<std::string>>> ManifestFolder::read_files() const {
    std::error_code error;
    fs::directory_iterator entries(folder_, error);
    if (error) return fail("cannot read folder {}: {}", folder_.string(), error.message());
    std::map<std::string, Result<std::string>> texts;
    while (entries != fs::directory_iterator()) {
        const fs::path path = entries->path();
        if (is_manifest(path)) {
            add_text(path, texts);
        }
        entries.increment(error);
        if (error) return fail("cannot read folder {}: {}", folder_.string(), error.message());
    }
    return texts;
}

void ManifestFolder::update(const std::string& name, const Result<std::string>& text) {
    File& file = files_[name];
    if (!text) {
        file.problems = {{fmt::format("{}: {}", name, text.error().message)}};
        file.text.reset();
        return;
    }
    if (file.text == *text) return;
    file.text = *text;
    auto objects = read_objects(*text, name);
    if (!objects) {
        file.problems = std::move(objects.error());
        return;
    }
    file.problems.clear();
    model::Snapshot scratch;
    for (const Object& object : *objects) {
        const std::vector<Error> problems = decode(object, scratch);
        file.problems.insert(file.problems.end(), problems.begin(), problems.end());
    }
    if (file.problems.empty()) file.objects = std::move(*objects);
}

Reading ManifestFolder::collect() {
    Reading reading;
    std::map<ObjectKey, const Object*> present;
    for (const auto& [name, file] : files_) {
        reading.problems.insert(reading.problems.end(), file.problems.begin(), file.problems.end());
        for (const Object& object : file.objects) {
            const auto [first, is_first] = present.emplace(identity(object.key), &object);
            if (is_first) {
                // It was checked when its file was read.
                static_cast<void>(decode(object, reading.snapshot));
                continue;
            }
            reading.problems.push_back({fmt::format("{}: is left out: {} has it, too",
                                                    object.place(), first->second->place())});
        }
    }
    reading.changes = note_changes(std::move(present));
    return reading;
}

std::vector<std::string> ManifestFolder::note_changes(std::map<ObjectKey, const Object*> present) {
    std::vector<std::string> changes;
    const auto note = [&](std::string_view what, const ObjectKey& key) {
        changes.push_back(fmt::format("{} {} {}", what, key.kind, key.name));
    };
    for (const auto& [key, content] : known_) {
        if (!present.contains(key)) note("removed", key);
    }
    std::map<ObjectKey, boost::json::object> now;
    for (const auto& [key, object] : present) {
        const auto before = known_.find(key);
        if (before == known_.end()) {
            note("added", key);
        } else if (before->second != object->content) {
            note("changed", key);
        }
        now.emplace(key, object->content);
    }
    known_ = std::move(now);
    return changes;
}

}  // namespace torii::kube
