#include "agent/server/agent.h"

#include "agent/server/show.h"
#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::agent {
namespace {

constexpr Log kLog("agent");
constexpr Duration kFirstRetry = std::chrono::milliseconds(500);
constexpr unsigned kRetriesMax = 5;  // doubling: about 15 s in all, then the next change

}  // namespace

Agent::Agent(EventLoop& loop, AgentOptions options)
    : loop_(loop), options_(std::move(options)), folder_(options_.manifests), instances_(loop) {}

Result<void> Agent::start() {
    // Watched first, so that no change falls between reading and watching.
    auto watch = kube::FolderWatch::start(loop_, options_.manifests, [this] {
        // The last reading stays in force when there is none now.
        if (const auto done = refresh(); !done) kLog.error("{}", done.error().message);
    });
    if (!watch) return unexpected(watch.error());
    watch_ = std::move(*watch);
    return refresh();
}

Result<void> Agent::refresh() {
    auto reading = folder_.read();
    if (!reading) return unexpected(reading.error());
    for (const std::string& change : reading->changes) kLog.info("{}", change);
    manifest_problems_.clear();
    for (const Error& problem : reading->problems) manifest_problems_.push_back(problem.message);
    snapshot_ = std::move(reading->snapshot);
    retries_ = 0;
    apply();
    return {};
}

void Agent::apply() {
    retry_.reset();
    const reconcile::Desired wanted = reconcile::desired(snapshot_, options_.node);
    const reconcile::Conditions failures = instances_.apply(wanted);
    std::vector<std::string> conditions = manifest_problems_;
    for (const auto& condition : wanted.conditions) conditions.push_back(condition.to_string());
    for (const auto& condition : failures) conditions.push_back(condition.to_string());
    tell_conditions(std::move(conditions));
    if (!failures.empty()) retry_later();
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

ipc::AgentReply Agent::answer(const ipc::AgentRequest& request) const {
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
        case ipc::AgentRequest::BODY_NOT_SET: reply.set_error("unknown request"); break;
    }
    return reply;
}

}  // namespace torii::agent
