#include "agent/ctl/resource_commands.h"

#include "agent/ctl/kinds.h"
#include "agent/ctl/resource_folder.h"
#include "agent/ctl/resource_table.h"
#include "agent/kube/decode.h"
#include "agent/kube/yaml.h"

#include <boost/json/object.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <utility>

namespace torii::agent {
namespace json = boost::json;
namespace {

int told(const Error& error) {
    fmt::print(stderr, "toriictl: {}\n", error.message);
    return EXIT_FAILURE;
}

Result<ResourceFolder> open(const ResourceCommand& command) {
    if (command.manifests.empty()) {
        return fail("--manifests is needed: the folder of manifests that the agent follows");
    }
    const std::string statuses =
        command.status_dir.empty() ? command.manifests + "/status" : command.status_dir;
    ResourceFolder folder(command.manifests, statuses);
    if (auto read = folder.read(); !read) return unexpected(read.error());
    for (const Error& problem : folder.problems()) {
        fmt::print(stderr, "toriictl: is left alone: {}\n", problem.message);
    }
    return folder;
}

Result<std::vector<kube::Object>> read_input(const std::string& file) {
    std::stringstream text;
    if (file == "-") {
        text << std::cin.rdbuf();
    } else {
        std::ifstream input(file, std::ios::binary);
        if (!input) return fail("cannot read {}", file);
        text << input.rdbuf();
    }
    auto objects = kube::read_objects(text.str(), file);
    if (objects) return std::move(*objects);
    std::string all;
    for (const Error& problem : objects.error()) {
        all += (all.empty() ? "" : "\n") + problem.message;
    }
    return unexpected(Error{all});
}

// "service/webpod", "ciliumloadbalancerippool.cilium.io/p"
std::string shown_kind(const std::string& kind) {
    std::string lower;
    for (const char character : kind) {
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    const Result<Kind> known = find_kind(lower);
    if (known && !known->group.empty()) lower += fmt::format(".{}", known->group);
    return lower;
}

std::string change_text(ResourceFolder::Change change) {
    switch (change) {
        case ResourceFolder::Change::created: return "created";
        case ResourceFolder::Change::configured: return "configured";
        case ResourceFolder::Change::unchanged: return "unchanged";
    }
    return {};
}

std::string now_text() {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

kube::ObjectKey key_of(const Kind& kind, const ResourceCommand& command) {
    return {"", std::string(kind.kind), kind.namespaced ? command.namespace_name : "",
            command.name};
}

// One change of one resource.
int change(const ResourceCommand& command, const json::object& merged, std::string_view done) {
    const Result<Kind> kind = find_kind(command.kind);
    if (!kind) return told(kind.error());
    Result<ResourceFolder> folder = open(command);
    if (!folder) return told(folder.error());
    const auto changed = folder->patch(key_of(*kind, command), merged);
    if (!changed) return told(changed.error());
    const bool same = *changed == ResourceFolder::Change::unchanged;
    fmt::print("{}/{} {}{}\n", shown_kind(std::string(kind->kind)), command.name, done,
               same ? " (no change)" : "");
    return EXIT_SUCCESS;
}

}  // namespace

int get_resources(const ResourceCommand& command) {
    const Result<Kind> kind = find_kind(command.kind);
    if (!kind) return told(kind.error());
    const Result<ResourceFolder> folder = open(command);
    if (!folder) return told(folder.error());
    const bool everywhere = !kind->namespaced || command.all_namespaces;
    auto found = folder->find(kind->kind, everywhere ? "" : command.namespace_name);
    if (!command.name.empty()) {
        std::erase_if(found,
                      [&](const kube::Object& object) { return object.key.name != command.name; });
        if (found.empty()) {
            return told({fmt::format("{} \"{}\" not found", shown_kind(std::string(kind->kind)),
                                     command.name)});
        }
    }
    if (command.output != Output::table) {
        fmt::print("{}", resource_values(found, !command.name.empty(), command.output));
        return EXIT_SUCCESS;
    }
    if (found.empty()) {
        fmt::print(stderr, "No resources found\n");
        return EXIT_SUCCESS;
    }
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    fmt::print("{}", resource_table(*kind, found, {command.wide, command.all_namespaces, now}));
    return EXIT_SUCCESS;
}

int apply_resources(const ResourceCommand& command) {
    Result<ResourceFolder> folder = open(command);
    if (!folder) return told(folder.error());
    auto objects = read_input(command.file);
    if (!objects) return told(objects.error());
    int code = EXIT_SUCCESS;
    for (kube::Object& object : *objects) {
        const kube::ObjectKey key = object.key;
        const auto change = folder->apply(std::move(object), now_text());
        if (!change) {
            code = told(change.error());
            continue;
        }
        fmt::print("{}/{} {}\n", shown_kind(key.kind), key.name, change_text(*change));
    }
    return code;
}

int delete_resources(const ResourceCommand& command) {
    Result<ResourceFolder> folder = open(command);
    if (!folder) return told(folder.error());
    std::vector<kube::ObjectKey> keys;
    if (!command.file.empty()) {
        const auto objects = read_input(command.file);
        if (!objects) return told(objects.error());
        for (const kube::Object& object : *objects) keys.push_back(object.key);
    } else {
        const Result<Kind> kind = find_kind(command.kind);
        if (!kind) return told(kind.error());
        if (command.name.empty()) return told({"delete: the name of the resource is missing"});
        keys.push_back(key_of(*kind, command));
    }
    int code = EXIT_SUCCESS;
    for (const kube::ObjectKey& key : keys) {
        if (const auto removed = folder->remove(key); !removed) {
            code = told(removed.error());
            continue;
        }
        fmt::print("{} \"{}\" deleted\n", shown_kind(key.kind), key.name);
    }
    return code;
}

int label_resource(const ResourceCommand& command) {
    json::object labels;
    for (const std::string& word : command.labels) {
        const std::size_t equals = word.find('=');
        if (equals != std::string::npos && equals > 0) {
            labels[word.substr(0, equals)] = word.substr(equals + 1);
        } else if (word.size() > 1 && word.back() == '-') {
            labels[word.substr(0, word.size() - 1)] = nullptr;
        } else {
            return told({fmt::format("label {}: must be KEY=VALUE, or KEY- to remove it", word)});
        }
    }
    const Result<Kind> kind = find_kind(command.kind);
    const Result<ResourceFolder> folder = open(command);
    if (kind && folder && !command.overwrite) {
        for (const kube::Object& object : folder->find(kind->kind)) {
            if (object.key.name != command.name) continue;
            for (const auto& [key, value] : object.labels) {
                const json::value* wanted = labels.if_contains(key);
                if (wanted == nullptr || wanted->is_null() || *wanted == json::value(value))
                    continue;
                return told(
                    {fmt::format("label {} is already {}; --overwrite changes it", key, value)});
            }
        }
    }
    return change(command, {{"metadata", {{"labels", std::move(labels)}}}}, "labeled");
}

int patch_resource(const ResourceCommand& command) {
    const auto documents = kube::parse_yaml(command.patch);
    if (!documents) return told(documents.error());
    if (documents->size() != 1 || !documents->front().is_object()) {
        return told(
            {"patch: must be one object, such as {\"spec\": {\"type\": \"LoadBalancer\"}}"});
    }
    return change(command, documents->front().as_object(), "patched");
}

int check_files(const std::vector<std::string>& files) {
    int code = EXIT_SUCCESS;
    for (const std::string& file : files) {
        const auto objects = read_input(file);
        if (!objects) {
            code = told(objects.error());
            continue;
        }
        model::Snapshot scratch;
        for (const kube::Object& object : *objects) {
            for (const Error& problem : kube::decode(object, scratch)) code = told(problem);
        }
    }
    return code;
}

}  // namespace torii::agent
