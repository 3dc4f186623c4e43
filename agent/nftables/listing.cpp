#include "agent/nftables/listing.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace torii::nftables {
namespace json = boost::json;
namespace {

// A key as our commands write it: "10.96.0.1 . 6 . 80", "10.0.1.0/24".
std::string key_text(const json::value& key) {
    if (key.is_string()) return std::string(key.as_string());
    if (key.is_int64()) return std::to_string(key.as_int64());
    const json::object& object = key.as_object();
    if (const auto* parts = object.if_contains("concat")) {
        std::string text;
        for (const json::value& part : parts->as_array()) {
            text += (text.empty() ? "" : " . ") + key_text(part);
        }
        return text;
    }
    if (const auto* prefix = object.if_contains("prefix")) {
        return key_text(prefix->at("addr")) + '/' + key_text(prefix->at("len"));
    }
    // Something that we never put there: it will be taken away or written over.
    return json::serialize(key);
}

std::string verdict_text(const json::value& verdict) {
    const json::object& object = verdict.as_object();
    if (const auto* target = object.if_contains("goto")) {
        return "goto " + key_text(target->at("target"));
    }
    return std::string(object.begin()->key());  // {"drop": null}
}

void add_elements(const json::object& set, loadbalance::Ruleset& rules) {
    const auto* elements = set.if_contains("elem");
    if (elements == nullptr) return;
    auto& known = rules.elements[key_text(set.at("name"))];
    for (const json::value& element : elements->as_array()) {
        // An element of a map is an array of key and value, one of a set its key.
        if (element.is_array()) {
            known[key_text(element.at(0))] = verdict_text(element.at(1));
        } else {
            known[key_text(element)] = "";
        }
    }
}

void add_object(std::string_view kind, const json::object& object, loadbalance::Ruleset& rules) {
    if (object.at("table").as_string() != loadbalance::kTable) return;
    const std::string name = key_text(object.at("name"));
    if (loadbalance::is_of_frame(name)) {
        if (kind != "chain") add_elements(object, rules);
    } else if (kind == "chain") {
        rules.chains[name];
    } else {
        rules.affinity_sets[name];
    }
}

}  // namespace

Result<void> add_listing(std::string_view text, loadbalance::Ruleset& rules) {
    if (text.empty()) return {};
    try {
        const json::value root = json::parse({text.data(), text.size()});
        for (const json::value& item : root.at("nftables").as_array()) {
            const auto& [kind, object] = *item.as_object().begin();
            if (kind == "chain" || kind == "set" || kind == "map") {
                add_object(kind, object.as_object(), rules);
            }
        }
    } catch (const std::exception& error) {
        return fail("nftables: its listing is not understood: {}", error.what());
    }
    return {};
}

}  // namespace torii::nftables
