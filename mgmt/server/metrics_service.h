#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/metrics/metrics.h"
#include "mgmt/server/gatherer.h"
#include "platform/http/server.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torii::mgmt {

// GET /metrics for Prometheus, as services metrics says. Takes the configuration as the daemons do,
// so that an address which cannot be listened at refuses the commit.
class MetricsService final : public OwnPart {
public:
    MetricsService(EventLoop& loop, const datastore::Datastore& store, Gatherer& gatherer)
        : OwnPart("metrics"), loop_(loop), store_(store), gatherer_(gatherer) {}

    void configure(const yang::TypedConfig& config, std::uint64_t version, bool check_only,
                   Configured done) override;

private:
    using Endpoint = std::pair<IpAddress, std::uint16_t>;

    Result<void> apply(const std::vector<Endpoint>& wanted, bool check_only);
    [[nodiscard]] Result<std::unique_ptr<http::Server>> listen(const Endpoint& at);
    void answer(const std::string& target, const http::Server::Answer& answer);
    [[nodiscard]] metrics::Management management() const;

    EventLoop& loop_;
    const datastore::Datastore& store_;
    Gatherer& gatherer_;
    std::map<Endpoint, std::unique_ptr<http::Server>> servers_;
    std::uint64_t first_version_ = 0;  // of the configuration that this process began with
};

}  // namespace torii::mgmt
