#include "agent/api/api_store.h"

#include "agent/kube/decode.h"
#include "agent/kube/encode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace torii::api {
namespace json = boost::json;
using kube::ObjectKey;
namespace {

// Events come in crowds.
constexpr std::size_t kChangesToldMax = 20;
constexpr Duration kQuietTime = std::chrono::milliseconds(50);

// Whose statuses a controller writes.
constexpr std::array<std::string_view, 4> kControlled{
    "Service", "CiliumLoadBalancerIPPool", "CiliumBGPClusterConfig", "CiliumBGPPeerConfig"};

Target target_of(const ResourceType& type, const ApiStoreOptions& options) {
    Target target{type, {}, {}};
    if (type.scope == Scope::secrets_namespace) target.namespace_name = options.secrets_namespace;
    if (type.scope == Scope::own_node && !options.controller) target.name = options.node;
    if (type.scope == Scope::absences) target.namespace_name = model::Absence::kNamespace;
    return target;
}

// Whether all resources are known, or one will have to do without them.
bool settled(const Watch& watch) {
    const bool needed = watch.target().type.scope != Scope::absences && !watch.target().others;
    return watch.complete() || (!needed && !watch.problem().empty());
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
    : scheduler_(scheduler),
      options_(std::move(options)),
      make_transport_(make_transport),
      random_(random),
      own_(
          scheduler, make_transport(), random, [] { return true; }, [this] { note(); }),
      absences_(
          scheduler, make_transport(), random, [] { return true; }, [this] { note(); }) {
    for (const ResourceType& type : resource_types()) {
        reflectors_.push_back(std::make_unique<Reflector>(
            scheduler_, make_transport(), Watch(target_of(type, options_), random),
            [this, &type](Changes changes) { take(type, std::move(changes)); }));
    }
    if (!options_.controller) return;
    elector_ =
        std::make_unique<Elector>(scheduler_, make_transport(), Election(options_.lease, random),
                                  [this] { election_changed(); });
    const auto wishes = [&] {
        return std::make_unique<Wishes>(
            scheduler_, make_transport(), random, [this] { return lead(); }, [this] { note(); });
    };
    decisions_ = wishes();
    made_ = wishes();
}

std::vector<const Wishes*> ApiStore::writers() const {
    std::vector<const Wishes*> writers{&own_, &absences_};
    if (decisions_) writers.insert(writers.end(), {decisions_.get(), made_.get()});
    return writers;
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
                               [](const auto& reflector) { return settled(reflector->watch()); }) &&
           (begun_ || !nodes_ || settled(nodes_->watch()));
}

bool ApiStore::is_written(const ResourceType& type) const {
    if (type.kind == "CiliumBGPNodeConfig") return true;
    return options_.controller && std::ranges::find(kControlled, type.kind) != kControlled.end();
}

void ApiStore::take(const ResourceType& type, Changes changes) {
    for (Change& change : changes) take(type, std::move(change));
    check_freshness();
    follow_nodes();
    std::vector<std::string> told;
    for (const Error& problem : problems()) told.push_back(problem.message);
    const bool news = !changes.empty() || told != told_ || complete() != told_complete_;
    told_ = std::move(told);
    told_complete_ = complete();
    if (news) note();
}

// What this node tells of itself, as the server has it.
const model::Absence* ApiStore::told() const {
    const auto found = snapshot_.absences.find(model::Absence::key(options_.node));
    return found == snapshot_.absences.end() ? nullptr : &found->second;
}

// Never called by what `nodes_` has to say with another answer.
void ApiStore::follow_nodes() {
    const model::Absence* absence = told();
    const bool needed =
        !options_.controller && absence != nullptr && absence->state == model::Absence::State::back;
    if (needed == (nodes_ != nullptr)) return;
    if (!needed) return forget_nodes();
    const auto type = std::ranges::find(resource_types(), "Node", &ResourceType::kind);
    nodes_ = std::make_unique<Reflector>(
        scheduler_, make_transport_(),
        Watch({.type = *type, .namespace_name = {}, .name = options_.node, .others = true},
              random_),
        [this, type](Changes changes) { take(*type, std::move(changes)); });
    nodes_->start();
}

void ApiStore::forget_nodes() {
    Changes changes;
    for (const auto& [name, node] : snapshot_.nodes) {
        if (name == options_.node) continue;
        changes.push_back({true, nodes_->watch().version(), {}, name});
    }
    for (Change& change : changes) take(nodes_->watch().target().type, std::move(change));
    nodes_.reset();
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
    // Who tells something owns it: when the node is gone it ends.
    const bool told = type.scope == Scope::absences || same.kind == "Node";
    if (is_written(type) || (told && same.name == options_.node)) keep(type, *object);
}

void ApiStore::keep(const ResourceType& type, const kube::Object& object) {
    Kept kept{object.key,
              std::string(type.plural),
              text_at(object.content, "metadata", "uid"),
              text_at(object.content, "metadata", "resourceVersion"),
              {}};
    const json::value* status = object.content.if_contains("status");
    if (is_written(type) && status != nullptr && status->is_object()) {
        kept.status = status->get_object();
    }
    const ObjectKey same = identity(object.key);
    const auto before = kept_.find(same);
    // Made anew under its name: what was promised to the one before is not for this one.
    if (before != kept_.end() && before->second.uid != kept.uid) forget_wishes(same);
    // By the key that everybody knows the kind by, whatever version the server speaks.
    if (is_written(type)) {
        statuses_[{type.group.empty() ? "v1" : "cilium.io/v2", object.key.kind,
                   object.key.namespace_name, object.key.name}] = kept.status;
    }
    kept_[same] = std::move(kept);
}

void ApiStore::forget_wishes(const ObjectKey& key) {
    own_.forget(key);
    absences_.forget(key);
    if (!decisions_) return;
    decisions_->forget(key);
    made_->forget(key);
}

void ApiStore::drop(const ObjectKey& key) {
    kept_.erase(key);
    forget_wishes(key);
    std::erase_if(statuses_, [&](const auto& entry) { return identity(entry.first) == key; });
}

std::vector<Error> ApiStore::problems() const {
    // A server that is away has the same to say of everything.
    std::map<std::string, std::vector<std::string_view>> plurals;
    const auto add = [&plurals](const Watch& watch) {
        const std::string problem = watch.problem();
        if (problem.empty()) return;
        std::vector<std::string_view>& names = plurals[problem];
        if (!watch.unreachable()) names.push_back(watch.target().type.plural);
    };
    for (const auto& reflector : reflectors_) add(reflector->watch());
    if (nodes_) add(nodes_->watch());
    std::vector<Error> problems;
    for (const auto& [problem, names] : plurals) {
        problems.push_back(
            {names.empty() ? problem : fmt::format("{} ({})", problem, fmt::join(names, ", "))});
    }
    if (elector_ && !elector_->problem().empty()) problems.push_back({elector_->problem()});
    for (const Wishes* writer : writers()) {
        if (!writer->problem().empty()) problems.push_back({writer->problem()});
    }
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
    begun_ = true;
    // Before the others are known it is not as back as it says.
    if (nodes_ && !settled(nodes_->watch())) {
        reading.snapshot.absences.erase(told()->metadata.key());
    }
    if (!decisions_) return reading;
    decisions_->each([&](const ObjectKey& key, const json::object& status) {
        if (key.kind != "Service") return;
        const auto service = reading.snapshot.services.find(key.namespace_name + '/' + key.name);
        if (service != reading.snapshot.services.end()) {
            kube::apply_status(status, service->second);
        }
    });
    return reading;
}

void ApiStore::election_changed() {
    fresh_ = false;
    decisions_->clear();
    made_->clear();
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
std::map<ObjectKey, json::object> ApiStore::wanted_statuses(const kube::Statuses& wanted) const {
    std::map<ObjectKey, json::object> statuses;
    for (const auto& [key, status] : wanted) statuses[identity(key)] = wanted_status(status);
    for (const auto& [key, kept] : kept_) {
        const bool ours =
            key.kind == "Service" && has_condition(kept.status, options_.own_condition);
        if (ours && !statuses.contains(key)) {
            statuses[key] = released_status(options_.own_condition);
        }
    }
    return statuses;
}

Result<void> ApiStore::write(const kube::Statuses& wanted) {
    if (!decisions_) return {};
    std::map<ObjectKey, Wishes::Wish> wishes;
    for (auto& [key, status] : wanted_statuses(wanted)) {
        const auto kept = kept_.find(key);
        if (kept == kept_.end() || says(kept->second.status, status)) continue;
        Request request = status_patch(kept->second, status);
        wishes[key] = {std::move(status), kept->second.resource_version, std::move(request)};
    }
    decisions_->want(std::move(wishes));
    return {};
}

Result<void> ApiStore::report(const ObjectKey& key, const std::optional<json::object>& status) {
    std::map<ObjectKey, Wishes::Wish> wishes;
    const auto kept = kept_.find(identity(key));
    if (status && kept != kept_.end() && kept->second.status != *status) {
        wishes[kept->first] = {*status, kept->second.resource_version,
                               own_status_patch(kept->second, *status)};
    }
    own_.want(std::move(wishes));
    return {};
}

Result<void> ApiStore::make(const kube::Made& changes) {
    if (!made_) return {};
    std::map<ObjectKey, Wishes::Wish> wishes;
    for (const auto& [key, content] : changes) {
        if (auto made = wish(key, content)) wishes.emplace(identity(key), std::move(*made));
    }
    made_->want(std::move(wishes));
    return {};
}

Result<void> ApiStore::tell(const std::optional<model::Absence>& absence) {
    std::optional<json::object> content;
    if (absence) {
        content = kube::encode(*absence);
        if (kept_.contains({"", "Node", {}, options_.node})) {
            (*content)["metadata"].as_object()["ownerReferences"] = json::array{
                json::object{{"apiVersion", "v1"}, {"kind", "Node"}, {"name", options_.node}}};
        }
    }
    const model::Absence* before = told();
    const bool said = absence && before != nullptr && absence->state == before->state &&
                      absence->addresses == before->addresses;
    std::map<ObjectKey, Wishes::Wish> wishes;
    const ObjectKey key{"coordination.k8s.io/v1", "Lease", std::string(model::Absence::kNamespace),
                        options_.node};
    if (auto made = said ? std::nullopt : wish(key, content)) {
        wishes.emplace(identity(key), std::move(*made));
    }
    absences_.want(std::move(wishes));
    return {};
}

std::optional<Wishes::Wish> ApiStore::wish(const ObjectKey& key,
                                           const std::optional<json::object>& content) const {
    const auto kept = kept_.find(identity(key));
    const bool is_there = kept != kept_.end();
    if (!content) {
        if (!is_there) return std::nullopt;
        return Wishes::Wish{{}, kept->second.resource_version, delete_request(kept->second)};
    }
    json::object whole = *content;
    if (!complete_owner(whole)) return std::nullopt;  // it is gone: that is what comes next
    if (is_there) {
        return Wishes::Wish{*content, kept->second.resource_version,
                            change_request(kept->second, whole)};
    }
    const auto type = std::ranges::find_if(reflectors_, [&](const auto& reflector) {
        return reflector->watch().target().type.kind == key.kind;
    });
    if (type == reflectors_.end()) return std::nullopt;
    whole["apiVersion"] = (*type)->watch().version();
    return Wishes::Wish{*content, {}, create_request((*type)->watch().path(), whole)};
}

// References to an owner need what only the server knows of it.
bool ApiStore::complete_owner(json::object& content) const {
    json::value* references = content["metadata"].as_object().if_contains("ownerReferences");
    if (references == nullptr) return true;
    for (json::value& reference : references->as_array()) {
        json::object& owner = reference.as_object();
        const auto kept =
            kept_.find(identity(ObjectKey{std::string(owner["apiVersion"].as_string()),
                                          std::string(owner["kind"].as_string()),
                                          {},
                                          std::string(owner["name"].as_string())}));
        if (kept == kept_.end()) return false;
        owner["uid"] = kept->second.uid;
        owner["apiVersion"] = kept->second.key.api_version;
    }
    return true;
}

}  // namespace torii::api
