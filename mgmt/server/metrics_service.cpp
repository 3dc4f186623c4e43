#include "mgmt/server/metrics_service.h"

#include <algorithm>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";
// A scrape must not outlast its client, which commonly waits for ten seconds.
constexpr std::chrono::seconds kPatience{3};

}  // namespace

// The answers to one scrape; it is written when the last holder has gone.
struct MetricsService::Gathering {
    metrics::Management management;
    std::optional<metrics::Controlplane> controlplane;
    std::optional<metrics::Dataplane> dataplane;
    http::Server::Answer answer;

    explicit Gathering(http::Server::Answer to) : answer(std::move(to)) {}
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;
    ~Gathering() {
        answer({200, kContentType, metrics::text(management, controlplane, dataplane)});
    }
};

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
    const auto gathering = std::make_shared<Gathering>(answer);
    gathering->management = management();
    ask_controlplane(gathering);
    ask_dataplane(gathering);
}

void MetricsService::ask_controlplane(const std::shared_ptr<Gathering>& gathering) {
    // They are answered in their order; with the last one both are there.
    const auto parts = std::make_shared<metrics::Controlplane>();
    using Reply = ipc::ControlplaneReply;
    ipc::ControlplaneRequest status;
    status.mutable_get_status();
    controlplane_.ask(
        std::move(status),
        [gathering, parts](const Result<Reply>& reply) {
            if (reply) parts->status = reply->status();
        },
        kPatience);
    ipc::ControlplaneRequest neighbors;
    neighbors.mutable_get_bgp_neighbors();
    controlplane_.ask(
        std::move(neighbors),
        [gathering, parts](const Result<Reply>& reply) {
            if (!reply) return;
            parts->neighbors = reply->bgp_neighbors();
            gathering->controlplane = std::move(*parts);
        },
        kPatience);
}

void MetricsService::ask_dataplane(const std::shared_ptr<Gathering>& gathering) {
    // They are answered in their order; with the last one all are there.
    const auto parts = std::make_shared<metrics::Dataplane>();
    const auto ask = [&](auto body, auto take) {
        ipc::DataplaneRequest request;
        body(request);
        dataplane_.ask(
            std::move(request),
            [gathering, parts, take](const Result<ipc::DataplaneReply>& reply) {
                if (reply) take(*reply, *parts);
            },
            kPatience);
    };
    using Request = ipc::DataplaneRequest;
    using Reply = ipc::DataplaneReply;
    ask([](Request& request) { request.mutable_get_status(); },
        [](const Reply& got, metrics::Dataplane& to) { to.status = got.status(); });
    ask([](Request& request) { request.mutable_get_ports(); },
        [](const Reply& got, metrics::Dataplane& to) { to.ports = got.ports(); });
    ask([](Request& request) { request.mutable_get_drops(); },
        [](const Reply& got, metrics::Dataplane& to) { to.drops = got.drops(); });
    ask([](Request& request) { request.mutable_get_punts(); },
        [](const Reply& got, metrics::Dataplane& to) { to.punts = got.punts(); });
    ask([](Request& request) { request.mutable_get_bfd_sessions(); },
        [gathering](const Reply& got, metrics::Dataplane& to) {
            to.bfd_sessions = got.bfd_sessions();
            gathering->dataplane = std::move(to);
        });
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
