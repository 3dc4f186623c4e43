#include "agent/kube/object.h"

#include "agent/kube/field.h"
#include "agent/kube/yaml.h"

#include <algorithm>
#include <array>
#include <utility>

namespace torii::kube {
namespace json = boost::json;
namespace {

constexpr int kListDepthMax = 4;

// Of the kinds that we read, those with a namespace; as for kubectl it is "default" if none is
// stated.
constexpr std::array<std::string_view, 3> kNamespaced{"Service", "EndpointSlice", "Secret"};

std::string default_namespace(std::string_view kind) {
    return std::ranges::find(kNamespaced, kind) == kNamespaced.end() ? "" : "default";
}

Object with_metadata(ObjectKey key, const Field& metadata) {
    Object object;
    object.key = std::move(key);
    for (auto& [name, label] : metadata["labels"].strings()) object.labels[name] = label;
    for (auto& [name, note] : metadata["annotations"].strings()) object.annotations[name] = note;
    object.creation_timestamp = metadata["creationTimestamp"].text().value_or("");
    return object;
}

class Reader {
public:
    explicit Reader(const std::string& file) : file_(file) {}

    void read(const json::value& value, std::size_t document, int depth) {
        if (!value.is_object()) return add(document, "must be a resource: apiVersion, kind, ...");
        std::vector<Error> problems;
        const Field root(&value, "", problems);
        const std::string api_version = root["apiVersion"].name();
        const std::string kind = root["kind"].name();
        // "List" of core/v1 and what `kubectl get -o yaml` of one kind gives: NodeList, ...
        if (kind.ends_with("List") && root["items"].present()) {
            read_items(value, document, depth);
        } else {
            read_resource(value, {api_version, kind, {}, {}}, document, root);
        }
        for (const Error& problem : problems) add(document, problem.message);
    }

    std::vector<Object> objects;
    std::vector<Error> errors;

private:
    void read_items(const json::value& list, std::size_t document, int depth) {
        const json::array* items = list.as_object().at("items").if_array();
        if (items == nullptr) return add(document, "items: must be a list");
        if (depth >= kListDepthMax) return add(document, "items: lists inside lists");
        for (const json::value& item : *items) read(item, document, depth + 1);
    }

    void read_resource(const json::value& value, ObjectKey key, std::size_t document,
                       const Field& root) {
        const Field metadata = root["metadata"];
        key.name = metadata["name"].name();
        key.namespace_name = metadata["namespace"].text().value_or(default_namespace(key.kind));
        Object object = with_metadata(std::move(key), metadata);
        object.file = file_;
        object.document = document;
        object.content = value.as_object();
        objects.push_back(std::move(object));
    }

    void add(std::size_t document, std::string_view problem) {
        errors.push_back({fmt::format("{}, document {}: {}", file_, document, problem)});
    }

    const std::string& file_;
};

}  // namespace

std::string Object::place() const {
    const std::string_view slash = key.namespace_name.empty() ? "" : "/";
    const std::string before = file.empty() ? "" : fmt::format("{}, document {}, ", file, document);
    return fmt::format("{}{} {}{}{}", before, key.kind, key.namespace_name, slash, key.name);
}

std::string file_name(const ObjectKey& key) {
    if (key.namespace_name.empty()) return fmt::format("{}_{}.yaml", key.kind, key.name);
    return fmt::format("{}_{}_{}.yaml", key.kind, key.namespace_name, key.name);
}

Result<std::vector<Object>, std::vector<Error>> read_objects(std::string_view text,
                                                             const std::string& file) {
    const Result<std::vector<json::value>> documents = parse_yaml(text);
    if (!documents) {
        return unexpected(std::vector{
            Error{fmt::format("{}: not a manifest: {}", file, documents.error().message)}});
    }
    Reader reader(file);
    std::size_t index = 0;
    for (const json::value& document : *documents) {
        ++index;
        if (!document.is_null()) reader.read(document, index, 0);
    }
    if (!reader.errors.empty()) return unexpected(std::move(reader.errors));
    return std::move(reader.objects);
}

Result<Object, std::vector<Error>> read_object(json::value value, const ObjectKey& key) {
    std::vector<Error> problems;
    Object object = with_metadata(key, Field(&value, "", problems)["metadata"]);
    if (value.is_object()) object.content = std::move(value.as_object());
    for (Error& problem : problems) {
        problem.message = fmt::format("{}: {}", object.place(), problem.message);
    }
    if (!problems.empty()) return unexpected(std::move(problems));
    return object;
}

}  // namespace torii::kube
