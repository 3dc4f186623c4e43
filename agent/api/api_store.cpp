#include "agent/api/api_store.h"

#include "agent/kube/decode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace torii::api {
namespace json = boost::json;
using kube::ObjectKey;
namespace {

// Events come in crowds.
constexpr std::size_t kChangesToldMax = 20;
constexpr Duration kQuietTime = std::chrono::milliseconds(50);

Target target_of(const ResourceType& type, const ApiStoreOptions& options) {
    Target target{type, {}, {}};
    if (type.scope == Scope::secrets_namespace) target.namespace_name = options.secrets_namespace;
    if (type.scope == Scope::own_node && !options.controller) target.name = options.node;
    return target;
}

std::string text_at(const json::object& object, std::string_view part, std::string_view name) {
    const json::value* inner = object.if_contains(part);
    const json::object* fields = inner != nullptr ? inner->if_object() : nullptr;
    const json::value* found = fields != nullptr ? fields->if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

// The same resource in another version of its API is the same resource.
ObjectKey identity(const ResourceType& type, const Change& change) {
    return {std::string(type.group), std::string(type.kind), change.namespace_name, change.name};
}

ObjectKey identity(const ObjectKey& key) {
    const std::size_t slash = key.api_version.find('/');
    return {slash == std::string::npos ? "" : key.api_version.substr(0, slash), key.kind,
            key.namespace_name, key.name};
}

}  // namespace

ApiStore::ApiStore(Scheduler& scheduler, ApiStoreOptions options,
                   const MakeTransport& make_transport, const Random& random)
    : scheduler_(scheduler), options_(std::move(options)) {
    for (const ResourceType& type : resource_types()) {
        reflectors_.push_back(std::make_unique<Reflector>(
            scheduler_, make_transport(), Watch(target_of(type, options_), random),
            [this, &type](Changes changes) { take(type, std::move(changes)); }));
    }
    if (!options_.controller) return;
    elector_ =
        std::make_unique<Elector>(scheduler_, make_transport(), Election(options_.lease, random),
                                  [this] { election_changed(); });
    add_writer(make_transport, random);
}

void ApiStore::add_writer(const MakeTransport& make_transport, const Random& random) {
    StatusWriter::Listener listener;
    listener.may_write = [this] { return lead(); };
    listener.written = [this](const ObjectKey& key, const std::string& version) {
        const auto promise = promises_.find(key);
        if (promise != promises_.end()) promise->second.written_version = version;
    };
    listener.dropped = [this](const ObjectKey& key) {
        const auto promise = promises_.find(key);
        if (promise != promises_.end()) promise->second.refused = true;
    };
    listener.changed = [this] { note(); };
    writer_ =
        std::make_unique<StatusWriter>(scheduler_, make_transport(), random, std::move(listener));
}

Result<void> ApiStore::start(std::function<void()> changed) {
    changed_ = std::move(changed);
    for (const auto& reflector : reflectors_) reflector->start();
    if (elector_) elector_->start();
    return {};
}

void ApiStore::note() {
    if (std::exchange(noted_, true)) return;
    noting_ = scheduler_.after(kQuietTime, [this] {
        noted_ = false;
        changed_();
    });
}

bool ApiStore::complete() const {
    return std::ranges::all_of(reflectors_,
                               [](const auto& reflector) { return reflector->watch().complete(); });
}

bool ApiStore::is_written(const ResourceType& type) const {
    return options_.controller &&
           (type.kind == "Service" || type.kind == "CiliumLoadBalancerIPPool");
}

void ApiStore::take(const ResourceType& type, Changes changes) {
    for (Change& change : changes) take(type, std::move(change));
    check_freshness();
    std::vector<std::string> told;
    for (const Error& problem : problems()) told.push_back(problem.message);
    const bool news = !changes.empty() || told != told_ || complete() != told_complete_;
    told_ = std::move(told);
    told_complete_ = complete();
    if (news) note();
}

void ApiStore::take(const ResourceType& type, Change change) {
    const ObjectKey same = identity(type, change);
    ObjectKey key{change.api_version, std::string(type.kind), change.namespace_name, change.name};
    object_problems_.erase(same);
    if (change.removed) {
        changes_.push_back(fmt::format("removed {} {}", type.kind, change.name));
        known_.erase(same);
        kube::forget(key, snapshot_);
        drop(same);
        return;
    }
    const bool is_new = known_.insert(same).second;
    changes_.push_back(
        fmt::format("{} {} {}", is_new ? "added" : "changed", type.kind, change.name));
    auto object = kube::read_object(std::move(change.object), key);
    if (!object) {
        object_problems_[same] = std::move(object.error());
        return;
    }
    std::vector<Error> problems = kube::decode(*object, snapshot_);
    if (!problems.empty()) object_problems_[same] = std::move(problems);
    if (is_written(type)) keep(type, *object);
}

void ApiStore::keep(const ResourceType& type, const kube::Object& object) {
    Kept kept{object.key,
              std::string(type.plural),
              text_at(object.content, "metadata", "uid"),
              text_at(object.content, "metadata", "resourceVersion"),
              {}};
    const json::value* status = object.content.if_contains("status");
    if (status != nullptr && status->is_object()) kept.status = status->get_object();
    const ObjectKey same = identity(object.key);
    const auto before = kept_.find(same);
    // Made anew under its name: what was promised to the one before is not for this one.
    if (before != kept_.end() && before->second.uid != kept.uid) promises_.erase(same);
    // By the key that everybody knows the kind by, whatever version the server speaks.
    statuses_[{type.group.empty() ? "v1" : "cilium.io/v2", object.key.kind,
               object.key.namespace_name, object.key.name}] = kept.status;
    kept_[same] = std::move(kept);
}

void ApiStore::drop(const ObjectKey& key) {
    kept_.erase(key);
    promises_.erase(key);
    std::erase_if(statuses_, [&](const auto& entry) { return identity(entry.first) == key; });
}

std::vector<Error> ApiStore::problems() const {
    // A server that is away has the same to say of everything.
    std::map<std::string, std::vector<std::string_view>> plurals;
    for (const auto& reflector : reflectors_) {
        const Watch& watch = reflector->watch();
        const std::string problem = watch.problem();
        if (problem.empty()) continue;
        std::vector<std::string_view>& names = plurals[problem];
        if (!watch.unreachable()) names.push_back(watch.target().type.plural);
    }
    std::vector<Error> problems;
    for (const auto& [problem, names] : plurals) {
        problems.push_back(
            {names.empty() ? problem : fmt::format("{} ({})", problem, fmt::join(names, ", "))});
    }
    if (elector_ && !elector_->problem().empty()) problems.push_back({elector_->problem()});
    if (writer_ && !writer_->problem().empty()) problems.push_back({writer_->problem()});
    for (const auto& [key, wrong] : object_problems_) {
        problems.insert(problems.end(), wrong.begin(), wrong.end());
    }
    return problems;
}

Result<kube::Reading> ApiStore::read() {
    kube::Reading reading;
    reading.complete = complete();
    reading.problems = problems();
    reading.changes = std::exchange(changes_, {});
    if (reading.changes.size() > kChangesToldMax) {
        reading.changes = {fmt::format("{} changes of resources", reading.changes.size())};
    }
    if (!reading.complete) return reading;
    reading.snapshot = snapshot_;
    for (const auto& [key, promise] : promises_) {
        if (key.kind != "Service") continue;
        const auto service = reading.snapshot.services.find(key.namespace_name + '/' + key.name);
        if (service != reading.snapshot.services.end()) {
            kube::apply_status(promise.status, service->second);
        }
    }
    return reading;
}

void ApiStore::election_changed() {
    fresh_ = false;
    promises_.clear();
    if (elector_->leads()) {
        for (const auto& reflector : reflectors_) {
            if (is_written(reflector->watch().target().type)) reflector->list_again();
        }
    }
    note();
}

void ApiStore::check_freshness() {
    if (fresh_ || !elector_ || !elector_->leads()) return;
    fresh_ = std::ranges::all_of(reflectors_, [&](const auto& reflector) {
        return !is_written(reflector->watch().target().type) || reflector->watch().current();
    });
    if (fresh_) note();
}

bool ApiStore::lead() {
    return elector_ && fresh_ && elector_->leads();
}

// What the status of each resource should say, as patches have it.
std::map<ObjectKey, json::object> ApiStore::wishes(const kube::Statuses& wanted) const {
    std::map<ObjectKey, json::object> wishes;
    for (const auto& [key, status] : wanted) wishes[identity(key)] = wanted_status(status);
    for (const auto& [key, kept] : kept_) {
        const bool ours =
            key.kind == "Service" && has_condition(kept.status, options_.own_condition);
        if (ours && !wishes.contains(key)) {
            wishes[key] = released_status(options_.own_condition);
        }
    }
    return wishes;
}

Result<void> ApiStore::write(const kube::Statuses& wanted) {
    if (!writer_) return {};
    std::map<ObjectKey, Request> patches;
    std::map<ObjectKey, Promise> promises;
    for (auto& [key, wish] : wishes(wanted)) {
        const auto kept = kept_.find(key);
        if (kept == kept_.end() || says(kept->second.status, wish)) continue;
        const std::string& version = kept->second.resource_version;
        Promise promise{std::move(wish), version, {}, false};
        const auto before = promises_.find(key);
        if (before != promises_.end() && before->second.status == promise.status &&
            (version == before->second.base_version || version == before->second.written_version)) {
            promise = before->second;
        }
        // The event of it is on its way; or the server did not keep all of it, as it knows less of
        // the kind than we do.
        if (promise.written_version.empty() && !promise.refused) {
            patches.emplace(key, status_patch(kept->second, promise.status));
        }
        promises.emplace(key, std::move(promise));
    }
    promises_ = std::move(promises);
    writer_->want(std::move(patches));
    return {};
}

}  // namespace torii::api
