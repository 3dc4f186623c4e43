#pragma once

#include "agent/api/backoff.h"
#include "agent/api/transport.h"
#include "platform/base/clock.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace torii::api {

struct LeaseSettings {
    std::string namespace_name = "kube-system";
    std::string name = "torii-controller";
    std::string identity;  // no other process has it
    Seconds duration{15};  // others take over when the lease was not renewed for so long
    // The leader stops when it could not renew for so long: before anybody takes over.
    Duration deadline = std::chrono::seconds(10);
    Duration retry = std::chrono::seconds(2);
};

// Which of several processes leads, by a Lease that its holder renews (coordination.k8s.io/v1). A
// pure state machine: answers and time in, the next request out. Wall clocks are compared nowhere:
// a lease has run out when it did not change for its duration by our own clock.
class Election {
public:
    Election(LeaseSettings settings, Random random);

    // To be sent at `now`, `wall_clock` (RFC 3339 with microseconds) goes into the lease.
    [[nodiscard]] Request next(TimePoint now, const std::string& wall_clock);
    // Its answer; the lease when it is good.
    void answered(const Outcome& outcome, const boost::json::object& lease, TimePoint now);
    // From the answer to the next request.
    [[nodiscard]] Duration wait() const { return wait_; }

    [[nodiscard]] bool leads(TimePoint now) const;
    // Who held the lease when last seen.
    [[nodiscard]] const std::string& holder() const { return holder_; }

private:
    enum class Asked : unsigned char { read, create, replace };

    [[nodiscard]] Request write(Asked what, const std::string& wall_clock);
    void observe(const boost::json::object& lease, TimePoint now);
    [[nodiscard]] bool has_run_out(TimePoint now) const;

    LeaseSettings settings_;
    Backoff backoff_;
    Asked asked_ = Asked::read;
    TimePoint asked_at_;
    Duration wait_{};
    bool absent_ = false;
    bool seen_ = false;          // version_ is of an answer that no failed write followed
    boost::json::object lease_;  // as last seen
    std::string holder_;
    std::string acquired_;              // acquireTime of ours
    std::string mark_;                  // of the holder's last renewal
    TimePoint changed_;                 // when mark_ was first seen
    Duration duration_{};               // of the lease, as its holder says
    std::optional<TimePoint> renewed_;  // by us: when the request was sent
};

}  // namespace torii::api
