#include "mgmt/server/metrics_service.h"

#include <algorithm>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";
// A scrape must not outlast its client, which commonly waits for ten seconds.
constexpr std::chrono::seconds kPatience{3};

std::optional<metrics::Controlplane> controlplane_of(const DaemonAnswers& answers) {
    if (!answers.controlplane) return std::nullopt;
    return metrics::Controlplane{*answers.controlplane,
                                 answers.neighbors.value_or(ipc::BgpNeighbors())};
}

std::optional<metrics::Dataplane> dataplane_of(const DaemonAnswers& answers) {
    if (!answers.dataplane) return std::nullopt;
    return metrics::Dataplane{*answers.dataplane,
                              answers.ports.value_or(ipc::PortStatusList()),
                              answers.drops.value_or(ipc::Drops()),
                              answers.punts.value_or(ipc::Punts()),
                              answers.bfd_sessions.value_or(ipc::BfdSessionStates()),
                              answers.workers.value_or(ipc::Workers()),
                              answers.counted.value_or(ipc::Forwarding())};
}

}  // namespace

void MetricsService::configure(const yang::TypedConfig& config, std::uint64_t version,
                               bool check_only, Configured done) {
    if (first_version_ == 0) first_version_ = version;
    std::vector<Endpoint> wanted;
    const yang::MetricsConfig& metrics = config.management.metrics;
    for (const IpAddress& address : metrics.listen) wanted.emplace_back(address, metrics.port);
    const auto applied = apply(wanted, check_only);
    if (!applied) return done(unexpected(applied.error()));
    done("");
}

// Listens at what is new first: when that fails, everything stays.
Result<void> MetricsService::apply(const std::vector<Endpoint>& wanted, bool check_only) {
    std::map<Endpoint, std::unique_ptr<http::Server>> opened;
    for (const Endpoint& endpoint : wanted) {
        if (servers_.contains(endpoint)) continue;
        auto server = listen(endpoint);
        if (!server) return unexpected(server.error());
        opened[endpoint] = std::move(*server);
    }
    if (check_only) return {};
    servers_.merge(opened);
    std::erase_if(servers_, [&wanted](const auto& entry) {
        return std::find(wanted.begin(), wanted.end(), entry.first) == wanted.end();
    });
    return {};
}

Result<std::unique_ptr<http::Server>> MetricsService::listen(const Endpoint& at) {
    return http::Server::listen(
        loop_, at.first, at.second,
        [this](const std::string& target, const http::Server::Answer& to) { answer(target, to); });
}

void MetricsService::answer(const std::string& target, const http::Server::Answer& answer) {
    if (target != "/metrics" && !target.starts_with("/metrics?")) {
        return answer({404, "text/plain; charset=utf-8", "there is only /metrics\n"});
    }
    using Part = Gatherer::Part;
    gatherer_.gather(
        {Part::neighbors, Part::ports, Part::drops, Part::punts, Part::bfd_sessions, Part::workers,
         Part::counted},
        [this, answer](const DaemonAnswers& answers) {
            answer({200, kContentType,
                    metrics::text(management(), controlplane_of(answers), dataplane_of(answers))});
        },
        kPatience);
}

metrics::Management MetricsService::management() const {
    metrics::Management out;
    out.version = TORII_VERSION;
    out.config_version = store_.version();
    out.commits = store_.version() - first_version_;
    const auto& commits = store_.commits();
    if (!commits.empty()) {
        out.last_commit_unix_seconds = static_cast<std::uint64_t>(commits.front().unix_seconds);
    }
    return out;
}

}  // namespace torii::mgmt
