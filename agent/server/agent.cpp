#include "agent/server/agent.h"

#include "agent/model/drain_words.h"
#include "platform/base/log.h"
#include "platform/base/utc.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace torii::agent {
namespace {

constexpr Log kLog("agent");
constexpr Duration kFirstRetry = std::chrono::milliseconds(500);
constexpr std::chrono::duration<double> kReportInterval = std::chrono::seconds(5);
constexpr unsigned kRetriesMax = 5;  // doubling: about 15 s in all, then the next change

AgentOptions completed(AgentOptions options) {
    options.data_path.balancing.node = options.node.node;
    options.node.refuses_cluster_ips =
        options.data_path.enabled && !options.data_path.balancing.cluster_ip_from_outside;
    options.drain.settle = options.data_path.withdraw_delay;
    options.drain.tells = options.data_path.enabled;
    return options;
}

bool wants_gateways(const model::Snapshot& snapshot) {
    const auto wants = [](const auto& config) {
        return std::ranges::any_of(config.second.instances, [](const model::BgpInstance& instance) {
            return std::ranges::any_of(instance.peers, [](const model::BgpPeer& peer) {
                return peer.default_gateway.has_value();
            });
        });
    };
    return std::ranges::any_of(snapshot.node_configs, wants) ||
           std::ranges::any_of(snapshot.cluster_configs, wants);
}

std::int64_t now_seconds() {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

double seconds_of(Duration span) {
    return std::chrono::duration<double>(span).count();
}

}  // namespace

Agent::Agent(EventLoop& loop, AgentOptions options, std::unique_ptr<kube::Store> store)
    : loop_(loop),
      options_(completed(std::move(options))),
      store_(std::move(store)),
      controller_(*store_, options_.control),
      data_path_(loop, options_.data_path),
      drain_(loop, options_.drain, [this] { apply(); }),
      instances_(loop),
      status_(options_.node.node) {}

Result<void> Agent::start() {
    start_import();
    // Watched first, so that no change falls between reading and watching.
    if (auto started = store_->start([this] { look(); }); !started) return started;
    if (options_.reports) report_later();
    return refresh();
}

// The last reading stays in force when there is none now.
void Agent::look() {
    if (const auto done = refresh(); !done) kLog.error("{}", done.error().message);
}

Result<void> Agent::refresh() {
    auto reading = store_->read();
    if (!reading) return unexpected(reading.error());
    for (const std::string& change : reading->changes) kLog.info("{}", change);
    store_problems_.clear();
    for (const Error& problem : reading->problems) store_problems_.push_back(problem.message);
    if (!reading->complete) {
        applied_conditions_ = store_problems_;
        tell_all();
        return {};
    }
    snapshot_ = std::move(reading->snapshot);
    if (options_.controller) {
        const TimePoint begun = loop_.now();
        controller_.run(snapshot_, utc_text(now_seconds()));
        measured_.assign.observe(seconds_of(loop_.now() - begun));
    }
    follow_kernel();
    drain();
    retries_ = 0;
    apply();
    return {};
}

// Nodes that need nothing of it leave the kernel alone.
void Agent::follow_kernel() {
    if (!gateways_ && wants_gateways(snapshot_)) {
        auto started = DefaultGateways::start(loop_, [this] {
            options_.node.default_gateways = gateways_->gateways();
            apply();
        });
        if (started) gateways_ = std::move(*started);
        if (!started) kLog.error("default routes: {}", started.error().message);
    }
    if (!interfaces_ && reconcile::wants_interfaces(snapshot_, options_.node.node)) {
        auto started = Interfaces::start(loop_, [this] {
            options_.node.interfaces = interfaces_->interfaces();
            apply();
        });
        if (started) interfaces_ = std::move(*started);
        if (!started) kLog.error("interfaces: {}", started.error().message);
    }
}

// Not all nodes at once.
void Agent::report_later() {
    const double share = std::uniform_real_distribution(0.9, 1.1)(random_);
    reporting_ = loop_.after(std::chrono::duration_cast<Duration>(kReportInterval * share), [this] {
        report();
        report_later();
    });
}

void Agent::report() {
    std::optional<boost::json::object> status;
    if (snapshot_.node_configs.contains(options_.node.node)) {
        status = status_.status(show_peers(instances_), bgp_conditions_, store_->statuses(),
                                now_seconds());
    }
    const auto reported = store_->report(status_.key(), status);
    const std::string problem = reported ? "" : reported.error().message;
    if (problem != report_problem_ && !problem.empty()) kLog.warning("status: {}", problem);
    report_problem_ = problem;
}

// What the node has to tell counts at once for itself.
void Agent::drain() {
    const auto node = snapshot_.node(options_.node.node);
    if (!node) return;
    const auto told = snapshot_.absences.find(model::Absence::key(options_.node.node));
    const bool is_told = told != snapshot_.absences.end();
    drain_.update(node->unschedulable, is_told ? told->second.state : model::Absence::State::none);
}

void Agent::tell_absence() {
    const auto node = snapshot_.node(options_.node.node);
    if (!node) return;
    model::Absence absence;
    absence.metadata.name = options_.node.node;
    absence.metadata.namespace_name = model::Absence::kNamespace;
    absence.state = drain_.absence();
    absence.addresses = node->internal_addresses;
    const bool is_absent = absence.state != model::Absence::State::none;
    const auto told = store_->tell(is_absent ? std::optional(absence) : std::nullopt);
    const std::string problem = told ? "" : told.error().message;
    if (problem != absence_problem_ && !problem.empty()) kLog.warning("drain: {}", problem);
    absence_problem_ = problem;
    if (is_absent) {
        snapshot_.absences.insert_or_assign(absence.metadata.key(), std::move(absence));
    } else {
        snapshot_.absences.erase(absence.metadata.key());
    }
}

void Agent::apply() {
    retry_.reset();
    tell_absence();
    options_.node.drain = drain_.stage();
    const TimePoint begun = loop_.now();
    const Result<void> programmed = data_path_.program(snapshot_);
    const reconcile::Desired wanted =
        programmed ? reconcile::desired(snapshot_, options_.node)
                   : reconcile::desired(data_path_.programmed(snapshot_), options_.node);
    reconcile::Conditions failures = instances_.apply(wanted);
    if (programmed) {
        data_path_.clean_up_later([this] { apply(); });
    } else {
        failures.push_back({"Node/" + options_.node.node, "torii.io/LoadBalancingError",
                            programmed.error().message});
    }
    for (const std::string& problem : data_path_.problems()) {
        failures.push_back({"Service/" + problem.substr(0, problem.find(':')),
                            "torii.io/HealthCheckError", problem.substr(problem.find(':') + 2)});
    }
    applied_conditions_ = store_problems_;
    const std::vector<std::string>& of_all = controller_.problems();
    applied_conditions_.insert(applied_conditions_.end(), of_all.begin(), of_all.end());
    const bool failed = !failures.empty();
    measure(wanted, failures);
    measured_.reconcile.observe(seconds_of(loop_.now() - begun));
    bgp_conditions_ = wanted.conditions;
    std::ranges::move(failures, std::back_inserter(bgp_conditions_));
    for (const auto& condition : bgp_conditions_) {
        applied_conditions_.push_back(condition.to_string());
    }
    tell_all();
    if (failed) retry_later();
    if (import_ && !options_.node.imported.empty()) import_->configured();
}

void Agent::measure(const reconcile::Desired& wanted, const reconcile::Conditions& failures) {
    for (const auto& [name, instance] : wanted.instances) {
        const bool wrong = std::ranges::any_of(
            failures, [&, object = "BGP instance/" + name](const reconcile::Condition& condition) {
                return condition.object == object;
            });
        measured_.failures[std::to_string(instance.speaker.as.value())] += wrong ? 1 : 0;
    }
}

void Agent::start_import() {
    auto started = import::RouteImport::start(loop_, options_.import, [this] { tell_all(); });
    if (!started) return kLog.error("learned routes: {}", started.error().message);
    import_ = std::move(*started);
    if (options_.node.imported.empty()) {
        import_->sweep();
    } else {
        instances_.import_into(*import_);
    }
}

bool Agent::drains_on_stop() const {
    if (options_.drain.on_stop != DrainOptions::OnStop::automatic) {
        return options_.drain.on_stop == DrainOptions::OnStop::drain;
    }
    return std::ranges::none_of(instances_.running(), [](const auto& instance) {
        return instance.second.desired.speaker.after_restart;
    });
}

void Agent::stop(const std::function<void()>& done) {
    if (!drains_on_stop()) return done();
    const bool talks = std::ranges::any_of(instances_.running(), [](const auto& instance) {
        return std::ranges::any_of(instance.second.speaker->watched(),
                                   &speaker::WatchedPeer::established);
    });
    const auto end = [this, done] {
        if (import_) import_->remove_all();
        done();
    };
    if (!talks) return end();
    drain_.stop(end);
}

void Agent::tell_all() {
    std::vector<std::string> conditions = applied_conditions_;
    if (drain_.stage() != reconcile::DrainStage::none) {
        const bool first = drain_.stage() == reconcile::DrainStage::announced;
        conditions.push_back(fmt::format("Node/{}: {}", options_.node.node,
                                         first ? model::kDraining : model::kDrained));
    }
    if (import_) {
        for (const std::string& problem : import_->problems()) {
            conditions.push_back("Node/" + options_.node.node +
                                 ": torii.io/RouteImportError: " + problem);
        }
    }
    tell_conditions(std::move(conditions));
}

void Agent::retry_later() {
    if (retries_ == kRetriesMax) return;
    const Duration delay = kFirstRetry * (1U << retries_);
    ++retries_;
    retry_ = loop_.after(delay, [this] { apply(); });
}

void Agent::tell_conditions(std::vector<std::string> conditions) {
    for (const std::string& condition : conditions) {
        if (std::ranges::find(conditions_, condition) == conditions_.end()) {
            kLog.warning("{}", condition);
        }
    }
    for (const std::string& condition : conditions_) {
        if (std::ranges::find(conditions, condition) == conditions.end()) {
            kLog.info("resolved: {}", condition);
        }
    }
    conditions_ = std::move(conditions);
}

std::string Agent::metrics() {
    measured_.conditions = conditions_.size();
    measured_.ipam = options_.controller ? &controller_.assignment() : nullptr;
    return metrics_text(show_peers(instances_), measured_);
}

ipc::AgentReply Agent::answer(const ipc::AgentRequest& request) {
    ipc::AgentReply reply;
    reply.set_id(request.id());
    switch (request.body_case()) {
        case ipc::AgentRequest::kGetPeers: {
            *reply.mutable_peers() = show_peers(instances_);
            reply.mutable_peers()->set_node(options_.node.node);
            for (const auto& condition : conditions_)
                reply.mutable_peers()->add_conditions(condition);
            break;
        }
        case ipc::AgentRequest::kGetRoutes: {
            auto routes = show_routes(instances_, request.get_routes());
            if (!routes) {
                reply.set_error(routes.error().message);
                break;
            }
            *reply.mutable_routes() = std::move(*routes);
            reply.mutable_routes()->set_node(options_.node.node);
            break;
        }
        case ipc::AgentRequest::kGetServices:
            *reply.mutable_services() = show_services(snapshot_, options_.node, frontend_ids_);
            reply.mutable_services()->set_node(options_.node.node);
            break;
        case ipc::AgentRequest::kGetPolicies:
            *reply.mutable_policies() = show_policies(instances_);
            reply.mutable_policies()->set_node(options_.node.node);
            break;
        case ipc::AgentRequest::kGetIpCache:
            *reply.mutable_ip_cache() = show_ip_cache(snapshot_, options_.node.node);
            break;
        case ipc::AgentRequest::BODY_NOT_SET: reply.set_error("unknown request"); break;
    }
    return reply;
}

}  // namespace torii::agent
