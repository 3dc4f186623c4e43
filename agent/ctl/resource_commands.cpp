#include "agent/ctl/resource_commands.h"

#include "agent/ctl/editor.h"
#include "agent/ctl/kinds.h"
#include "agent/ctl/resource_api.h"
#include "agent/ctl/resource_folder.h"
#include "agent/ctl/resource_table.h"
#include "agent/kube/decode.h"
#include "agent/kube/yaml.h"
#include "platform/base/utc.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>
#include <utility>

namespace torii::agent {
namespace json = boost::json;
namespace {

using ResourcesPtr = std::unique_ptr<Resources>;

int told(const Error& error) {
    fmt::print(stderr, "toriictl: {}\n", error.message);
    return EXIT_FAILURE;
}

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

Result<ResourcesPtr> open_folder(const ResourceCommand& command, const std::string& manifests) {
    const std::string statuses =
        command.status_dir.empty() ? manifests + "/status" : command.status_dir;
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    auto folder = std::make_unique<ResourceFolder>(manifests, statuses, utc_text(now));
    if (auto read = folder->read(); !read) return unexpected(read.error());
    for (const Error& problem : folder->problems()) {
        fmt::print(stderr, "toriictl: is left alone: {}\n", problem.message);
    }
    return folder;
}

Result<ResourcesPtr> open_api(Result<api::Access> access) {
    if (!access) return unexpected(access.error());
    return std::make_unique<ResourceApi>(std::move(*access));
}

// What is stated goes before what the environment says.
Result<ResourcesPtr> open(const ResourceCommand& command) {
    if (command.in_cluster) return open_api(api::in_cluster_access());
    if (!command.kubeconfig.empty()) return open_api(api::read_kubeconfig(command.kubeconfig));
    if (!command.manifests.empty()) return open_folder(command, command.manifests);
    const std::string manifests = from_environment("TORII_MANIFESTS");
    if (!manifests.empty()) return open_folder(command, manifests);
    const std::string kubeconfig = from_environment("KUBECONFIG");
    if (!kubeconfig.empty()) return open_api(api::read_kubeconfig(kubeconfig));
    return fail(
        "where the resources are is needed: --manifests (TORII_MANIFESTS) for the folder that the "
        "agents follow, or --kubeconfig (KUBECONFIG) or --in-cluster for the Kubernetes API");
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

std::string change_text(Resources::Change change) {
    switch (change) {
        case Resources::Change::created: return "created";
        case Resources::Change::configured: return "configured";
        case Resources::Change::unchanged: return "unchanged";
    }
    return {};
}

kube::ObjectKey key_of(const Kind& kind, const ResourceCommand& command) {
    return {"", std::string(kind.kind), kind.namespaced ? command.namespace_name : "",
            command.name};
}

int not_found(const Kind& kind, const std::string& name) {
    return told({fmt::format("{} \"{}\" not found", shown_kind(std::string(kind.kind)), name)});
}

// An error when a label of the resource would get another value.
Result<void> keeps_labels(const ResourceCommand& command, const json::object& labels) {
    const Result<Kind> kind = find_kind(command.kind);
    if (!kind) return unexpected(kind.error());
    const Result<ResourcesPtr> resources = open(command);
    if (!resources) return unexpected(resources.error());
    const kube::ObjectKey key = key_of(*kind, command);
    const auto found = (*resources)->find(*kind, key.namespace_name, key.name);
    if (!found) return unexpected(found.error());
    for (const kube::Object& object : *found) {
        for (const auto& [name, value] : object.labels) {
            const json::value* wanted = labels.if_contains(name);
            if (wanted == nullptr || wanted->is_null() || *wanted == json::value(value)) continue;
            return fail("label {} is already {}; --overwrite changes it", name, value);
        }
    }
    return {};
}

// "app=web,tier!=db,checked,!old"
Result<model::LabelSelector> label_selector(const std::string& text) {
    model::LabelSelector selector;
    std::stringstream words(text);
    for (std::string word; std::getline(words, word, ',');) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos) {
            const bool absent = word.starts_with('!');
            selector.match_expressions.push_back(
                {word.substr(absent ? 1 : 0),
                 absent ? model::LabelOperator::does_not_exist : model::LabelOperator::exists,
                 {}});
            continue;
        }
        const bool negated = equals > 0 && word[equals - 1] == '!';
        const std::string key = word.substr(0, negated ? equals - 1 : equals);
        const std::string value =
            word.substr(word.compare(equals, 2, "==") == 0 ? equals + 2 : equals + 1);
        if (key.empty()) return fail("selector {}: a key is missing", word);
        selector.match_expressions.push_back(
            {key, negated ? model::LabelOperator::not_in : model::LabelOperator::in, {value}});
    }
    return selector;
}

// One change of one resource.
int change(const ResourceCommand& command, const json::object& merged, std::string_view done) {
    const Result<Kind> kind = find_kind(command.kind);
    if (!kind) return told(kind.error());
    const Result<ResourcesPtr> resources = open(command);
    if (!resources) return told(resources.error());
    const auto changed = (*resources)->patch(key_of(*kind, command), merged);
    if (!changed) return told(changed.error());
    const bool same = *changed == Resources::Change::unchanged;
    fmt::print("{}/{} {}{}\n", shown_kind(std::string(kind->kind)), command.name, done,
               same ? " (no change)" : "");
    return EXIT_SUCCESS;
}

}  // namespace

int get_resources(const ResourceCommand& command) {
    const Result<Kind> kind = find_kind(command.kind);
    if (!kind) return told(kind.error());
    const Result<ResourcesPtr> resources = open(command);
    if (!resources) return told(resources.error());
    const bool everywhere = !kind->namespaced || command.all_namespaces;
    auto listed = (*resources)->find(*kind, everywhere ? "" : command.namespace_name, command.name);
    if (!listed) return told(listed.error());
    const auto selector = label_selector(command.selector);
    if (!selector) return told(selector.error());
    std::vector<kube::Object> found;
    std::ranges::copy_if(*listed, std::back_inserter(found), [&](const kube::Object& object) {
        return selector->matches(object.labels);
    });
    if (!command.name.empty() && found.empty()) return not_found(*kind, command.name);
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
    const Result<ResourcesPtr> resources = open(command);
    if (!resources) return told(resources.error());
    auto objects = read_input(command.file);
    if (!objects) return told(objects.error());
    int code = EXIT_SUCCESS;
    for (kube::Object& object : *objects) {
        const kube::ObjectKey key = object.key;
        const auto change = (*resources)->apply(std::move(object));
        if (!change) {
            code = told(change.error());
            continue;
        }
        fmt::print("{}/{} {}\n", shown_kind(key.kind), key.name, change_text(*change));
    }
    return code;
}

int delete_resources(const ResourceCommand& command) {
    const Result<ResourcesPtr> resources = open(command);
    if (!resources) return told(resources.error());
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
        if (const auto removed = (*resources)->remove(key); !removed) {
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
    if (!command.overwrite) {
        if (const auto done = keeps_labels(command, labels); !done) return told(done.error());
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

int set_cordoned(ResourceCommand command, bool cordoned) {
    command.kind = "node";
    const json::value unschedulable = cordoned ? json::value(true) : json::value(nullptr);
    return change(command, {{"spec", {{"unschedulable", unschedulable}}}},
                  cordoned ? "cordoned" : "uncordoned");
}

int edit_resource(const ResourceCommand& command) {
    const Result<Kind> kind = find_kind(command.kind);
    if (!kind) return told(kind.error());
    const Result<ResourcesPtr> resources = open(command);
    if (!resources) return told(resources.error());
    kube::ObjectKey key = key_of(*kind, command);
    const auto found = (*resources)->find(*kind, key.namespace_name, key.name);
    if (!found) return told(found.error());
    if (found->empty()) return not_found(*kind, command.name);
    if (found->size() > 1) return told({"edit: there are several: the name is missing"});
    key.name = found->front().key.name;
    const std::string before = kube::to_yaml(found->front().content);
    const Result<std::string> after = edited(before, key.name);
    if (!after) return told(after.error());
    if (*after == before) {
        fmt::print("Edit cancelled, no changes made.\n");
        return EXIT_SUCCESS;
    }
    const auto documents = kube::parse_yaml(*after);
    if (!documents) return told(documents.error());
    if (documents->size() != 1 || !documents->front().is_object()) {
        return told({"edit: must be one resource: nothing is changed"});
    }
    const auto changed = (*resources)->replace(key, documents->front().as_object());
    if (!changed) return told(changed.error());
    fmt::print("{}/{} edited\n", shown_kind(std::string(kind->kind)), key.name);
    return EXIT_SUCCESS;
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
