#include "agent/api/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace torii::api {
namespace json = boost::json;
namespace {

constexpr unsigned kPageSize = 500;
constexpr Duration kListPause = std::chrono::seconds(30);
constexpr Duration kWatchMin = std::chrono::seconds(300);
constexpr Duration kWatchMax = std::chrono::seconds(600);
constexpr Duration kWatchGrace = std::chrono::seconds(30);  // the server ends it by itself before
constexpr Duration kRenewal = std::chrono::milliseconds(100);
constexpr Duration kAbsentRetryMin = std::chrono::seconds(20);
constexpr Duration kAbsentRetryMax = std::chrono::seconds(40);
constexpr unsigned kToldFailures = 2;  // one happens to everybody

const json::value* member(const json::object& object, std::string_view name) {
    const json::value* found = object.if_contains(name);
    return found != nullptr && found->is_null() ? nullptr : found;
}

std::string text(const json::object& object, std::string_view name) {
    const json::value* found = member(object, name);
    const json::string* string = found != nullptr ? found->if_string() : nullptr;
    return string != nullptr ? std::string(*string) : "";
}

// Of a resource or a list; an empty one when there is none.
const json::object& metadata(const json::object& object) {
    static const json::object empty;
    const json::value* found = member(object, "metadata");
    const json::object* fields = found != nullptr ? found->if_object() : nullptr;
    return fields != nullptr ? *fields : empty;
}

std::string key_of(const json::object& metadata) {
    const std::string space = text(metadata, "namespace");
    return space.empty() ? text(metadata, "name") : space + '/' + text(metadata, "name");
}

// What a version is as a number, as those of etcd are; nothing for others.
std::optional<std::uint64_t> number(const std::string& version) {
    std::uint64_t value = 0;
    const char* end = version.data() + version.size();
    const auto [last, error] = std::from_chars(version.data(), end, value);
    if (error != std::errc() || last != end) return std::nullopt;
    return value;
}

bool is_before(const std::string& version, const std::string& other) {
    const auto left = number(version);
    const auto right = number(other);
    return left && right && *left < *right;
}

}  // namespace

std::string Outcome::text() const {
    if (!error.empty()) return error;
    return message.empty() ? fmt::format("{}", status) : fmt::format("{}: {}", status, message);
}

Watch::Watch(Target target, Random random)
    : target_(std::move(target)), backoff_(std::move(random)), page_size_(kPageSize) {}

std::string Watch::path() const {
    return collection_path(target_.type.group, target_.type.versions[version_],
                           target_.namespace_name, target_.type.plural);
}

std::string Watch::list_query() const {
    std::string query = path() + "?";
    if (page_size_ > 0) query += fmt::format("limit={}&", page_size_);
    if (!continue_.empty()) query += fmt::format("continue={}&", url_encoded(continue_));
    return query;
}

Query Watch::next() {
    Query query{list_query(), watching_, delay_, kListPause};
    if (watching_) {
        const Duration span = backoff_.between(kWatchMin, kWatchMax);
        query.target = fmt::format(
            "{}?watch=true&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}&", path(),
            url_encoded(resource_version_), std::chrono::duration_cast<Seconds>(span).count());
        query.pause_max = span + kWatchGrace;
    }
    if (!target_.name.empty()) {
        const std::string_view relation = target_.others ? "!=" : "=";
        query.target += "fieldSelector=" +
                        url_encoded(fmt::format("metadata.name{}{}", relation, target_.name));
    } else {
        query.target.pop_back();  // "&" or "?"
    }
    return query;
}

void Watch::begun(TimePoint now) {
    began_ = now;
    accepted_ = false;
    page_taken_ = false;
    told_.reset();
}

Result<void> Watch::take(json::value value, Changes& changes) {
    if (!value.is_object()) return refuse({.error = "the answer is no object", .garbled = true});
    return watching_ ? take_event(value.as_object(), changes)
                     : take_page(value.as_object(), changes);
}

// Ends the exchange; what it comes to is `outcome`.
Result<void> Watch::refuse(Outcome outcome) {
    told_ = std::move(outcome);
    return fail("{}", told_->text());
}

Change Watch::change(const std::string& key, bool removed) const {
    const std::size_t slash = key.find('/');
    const bool has_space = slash != std::string::npos;
    return {.removed = removed,
            .api_version = api_version(target_.type.group, target_.type.versions[version_]),
            .namespace_name = has_space ? key.substr(0, slash) : "",
            .name = has_space ? key.substr(slash + 1) : key};
}

Result<void> Watch::take_page(json::object& page, Changes& changes) {
    const std::string version = text(metadata(page), "resourceVersion");
    if (page_taken_ || version.empty() || !text(page, "kind").ends_with("List")) {
        return refuse({.error = "the answer is no list", .garbled = true});
    }
    if (const json::value* items = member(page, "items")) {
        if (!items->is_array()) return refuse({.error = "the items are no list", .garbled = true});
        for (json::value& item : page["items"].as_array()) {
            if (!item.is_object()) {
                return refuse({.error = "an item of the list is no resource", .garbled = true});
            }
            const json::object& fields = metadata(item.as_object());
            const std::string key = key_of(fields);
            const std::string item_version = text(fields, "resourceVersion");
            listed_[key] = item_version;
            const auto known = known_.find(key);
            if (known != known_.end() && known->second == item_version) continue;
            known_[key] = item_version;
            changes.push_back(change(key, false));
            changes.back().object = std::move(item);
        }
    }
    page_taken_ = true;
    continue_ = text(metadata(page), "continue");
    resource_version_ = version;
    return {};
}

Result<void> Watch::take_event(json::object& event, Changes& changes) {
    json::value* object = event.if_contains("object");
    if (object == nullptr || !object->is_object()) {
        return refuse({.error = "an event without an object", .garbled = true});
    }
    const std::string type = text(event, "type");
    const std::string version = text(metadata(object->as_object()), "resourceVersion");
    if (type == "ERROR") {
        const json::value* code = member(object->as_object(), "code");
        const std::int64_t* status = code != nullptr ? code->if_int64() : nullptr;
        return refuse({.status = status != nullptr ? static_cast<unsigned>(*status) : 500,
                       .message = text(object->as_object(), "message")});
    }
    if (type != "BOOKMARK") return take_change(type, *object, changes);
    // As after a restored backup: what it has is not what we have.
    if (is_before(version, resource_version_)) {
        return refuse({.error = "the server has gone back to an older version", .garbled = true});
    }
    if (!version.empty()) resource_version_ = version;
    return {};
}

// In a stream versions only grow. What is not newer than what we have of the resource came twice;
// anything else that goes back means that the stream is not in order, and what it left out cannot
// be known.
Result<void> Watch::take_change(std::string_view type, json::value& object, Changes& changes) {
    const json::object& fields = metadata(object.as_object());
    const std::string key = key_of(fields);
    const std::string version = text(fields, "resourceVersion");
    const bool removed = type == "DELETED";
    if ((!removed && type != "ADDED" && type != "MODIFIED") || key.empty() || version.empty()) {
        return refuse(
            {.error = fmt::format("an event \"{}\" of no resource", type), .garbled = true});
    }
    const auto known = known_.find(key);
    if (known != known_.end()) {
        if (!removed && known->second == version) return {};
        if (is_before(version, known->second)) return {};
    }
    if (is_before(version, resource_version_)) {
        return refuse({.error = "events are not in order", .garbled = true});
    }
    resource_version_ = version;
    if (!removed) {
        known_[key] = version;
        changes.push_back(change(key, false));
        changes.back().object = std::move(object);
    } else if (known != known_.end()) {
        known_.erase(known);
        changes.push_back(change(key, true));
    }
    return {};
}

void Watch::ended(const Outcome& outcome, TimePoint now, Changes& changes) {
    const Outcome meant = told_ ? *std::exchange(told_, std::nullopt) : outcome;
    if (watching_) {
        watch_ended(meant, now);
    } else {
        list_ended(meant, now, changes);
    }
    accepted_ = false;
}

void Watch::list_ended(const Outcome& outcome, TimePoint now, Changes& changes) {
    // A page that is there is there, however its connection ended.
    if (page_taken_ && !outcome.garbled) {
        absent_since_.reset();
        delay_ = {};
        if (continue_.empty()) finish_list(changes);
        return;
    }
    if (outcome.status == 404) return type_is_absent(now, changes);
    // What was listed in pages is of one moment, and the server keeps that only so long.
    if (outcome.status == 410) page_size_ = 0;
    if (outcome.garbled) page_size_ = std::max(1U, page_size_ / 10);  // perhaps too large
    const bool continues = outcome.status != 410 && outcome.status != 400 && !outcome.garbled;
    if (!continues) restart_list();
    wait_after(outcome);
}

void Watch::restart_list() {
    watching_ = false;
    continue_.clear();
    listed_.clear();
}

void Watch::list_again() {
    restart_list();
    accepted_ = false;
    delay_ = {};
}

void Watch::finish_list(Changes& changes) {
    for (auto known = known_.begin(); known != known_.end();) {
        if (listed_.contains(known->first)) {
            ++known;
            continue;
        }
        changes.push_back(change(known->first, true));
        known = known_.erase(known);
    }
    listed_.clear();
    page_size_ = kPageSize;
    backoff_.ease();
    problem_.clear();
    watching_ = true;
    complete_ = true;
}

void Watch::type_is_absent(TimePoint now, Changes& changes) {
    restart_list();
    delay_ = {};
    if (++version_ < target_.type.versions.size()) return;
    version_ = 0;
    if (!absent_since_) absent_since_ = now;
    if (now - *absent_since_ < kAbsentPatience) {
        delay_ = backoff_.between(Backoff::kFirst, 2 * Backoff::kFirst);
        return;
    }
    for (const auto& [key, version] : known_) changes.push_back(change(key, true));
    known_.clear();
    complete_ = true;
    problem_.clear();
    delay_ = backoff_.between(kAbsentRetryMin, kAbsentRetryMax);
}

void Watch::watch_ended(const Outcome& outcome, TimePoint now) {
    const bool settled = accepted_ && now - began_ >= kSettled;
    if (settled) {
        backoff_.reset();
        problem_.clear();
    }
    if (outcome.good() && settled) {
        delay_ = backoff_.between({}, kRenewal);
        return;
    }
    const unsigned status = outcome.status;
    if (status == 410 || status == 404 || status == 400 || outcome.garbled) restart_list();
    wait_after(outcome);
}

void Watch::wait_after(const Outcome& outcome) {
    problem_ = outcome.good() ? "the watch ends as soon as it begins" : outcome.text();
    unreachable_ = outcome.status == 0 && !outcome.garbled;
    delay_ = backoff_.next();
    if (outcome.retry_after) {
        delay_ = std::max<Duration>(delay_, std::min(*outcome.retry_after, kRetryAfterMax));
    }
}

std::string Watch::problem() const {
    const bool told = backoff_.failures() >= kToldFailures || !complete_;
    return told && !current() ? problem_ : "";
}

}  // namespace torii::api
