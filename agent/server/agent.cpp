#include "agent/server/agent.h"

#include "agent/server/ipam_status.h"
#include "platform/base/log.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace torii::agent {
namespace {

constexpr Log kLog("agent");
constexpr Duration kFirstRetry = std::chrono::milliseconds(500);
constexpr unsigned kRetriesMax = 5;  // doubling: about 15 s in all, then the next change

AgentOptions completed(AgentOptions options) {
    options.data_path.balancing.node = options.node.node;
    options.node.refuses_cluster_ips =
        options.data_path.enabled && !options.data_path.balancing.cluster_ip_from_outside;
    options.drain.settle = options.data_path.withdraw_delay;
    return options;
}

// Nodes without such a peer need not follow the kernel's routes.
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

// RFC 3339, to the second, as the API server writes it.
std::string now_text() {
    return fmt::format(
        "{:%Y-%m-%dT%H:%M:%SZ}",
        fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

}  // namespace

Agent::Agent(EventLoop& loop, AgentOptions options, std::unique_ptr<kube::Store> store)
    : loop_(loop),
      options_(completed(std::move(options))),
      store_(std::move(store)),
      data_path_(loop, options_.data_path),
      drain_(loop, options_.drain, [this] { apply(); }),
      instances_(loop) {}

Result<void> Agent::start() {
    start_import();
    // Watched first, so that no change falls between reading and watching.
    if (auto started = store_->start([this] { look(); }); !started) return started;
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
    assign_addresses();
    follow_gateways();
    if (const auto node = snapshot_.node(options_.node.node)) {
        drain_.set_cordoned(node->unschedulable);
    }
    retries_ = 0;
    apply();
    return {};
}

void Agent::follow_gateways() {
    if (gateways_ || !wants_gateways(snapshot_)) return;
    auto started = DefaultGateways::start(loop_, [this] {
        options_.node.default_gateways = gateways_->gateways();
        apply();
    });
    if (started) {
        gateways_ = std::move(*started);
    } else {
        kLog.error("default routes: {}", started.error().message);
    }
}

void Agent::assign_addresses() {
    if (!options_.controller || !store_->lead()) return;
    const ipam::Assignment assignment = ipam::assign(snapshot_, options_.ipam, shared_);
    shared_ = assignment.shared;
    write_statuses(assignment);
    for (const auto& [key, told] : assignment.services) {
        model::Service& service = snapshot_.services.at(key);
        service.load_balancer_ips = told.addresses;
        service.conditions = {told.condition};
    }
}

void Agent::write_statuses(const ipam::Assignment& assignment) {
    status_problems_.clear();
    for (const auto& [key, told] : assignment.services) {
        if (told.condition.status == "True") continue;
        status_problems_.push_back(fmt::format("Service/{}: {}: {}: {}", key, ipam::kSatisfied,
                                               told.condition.reason, told.condition.message));
    }
    for (const auto& [name, use] : assignment.pools) {
        if (use.conflict.empty()) continue;
        status_problems_.push_back(fmt::format(
            "CiliumLoadBalancerIPPool/{}: cilium.io/PoolConflict: {}", name, use.conflict));
    }
    const kube::Statuses wanted =
        ipam_statuses(assignment, snapshot_, store_->statuses(), now_text());
    if (const auto written = store_->write(wanted); !written) {
        status_problems_.push_back("statuses: " + written.error().message);
    }
}

void Agent::apply() {
    retry_.reset();
    options_.node.drain = drain_.stage();
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
    applied_conditions_.insert(applied_conditions_.end(), status_problems_.begin(),
                               status_problems_.end());
    for (const auto& condition : wanted.conditions) {
        applied_conditions_.push_back(condition.to_string());
    }
    for (const auto& condition : failures) applied_conditions_.push_back(condition.to_string());
    tell_all();
    if (!failures.empty()) retry_later();
    if (import_ && !options_.node.imported.empty()) import_->configured();
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
        conditions.push_back("Node/" + options_.node.node +
                             ": torii.io/Draining: other nodes are preferred, or serve alone");
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
            *reply.mutable_services() = show_services(snapshot_, options_.node.node, frontend_ids_);
            reply.mutable_services()->set_node(options_.node.node);
            break;
        case ipc::AgentRequest::kGetPolicies:
            *reply.mutable_policies() = show_policies(instances_);
            reply.mutable_policies()->set_node(options_.node.node);
            break;
        case ipc::AgentRequest::BODY_NOT_SET: reply.set_error("unknown request"); break;
    }
    return reply;
}

}  // namespace torii::agent
