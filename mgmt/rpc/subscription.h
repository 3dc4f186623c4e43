#pragma once

#include "mgmt/rpc/backend.h"
#include "mgmt/rpc/event_log.h"
#include "mgmt/rpc/statistics.h"
#include "mgmt/xml/xml.h"
#include "platform/base/clock.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace torii::rpc {

inline constexpr std::string_view kNotificationSpace =
    "urn:ietf:params:xml:ns:netconf:notification:1.0";

// What a <create-subscription> wants (RFC 5277 section 2.1.1).
struct SubscriptionWish {
    xml::Element asked;                 // with its filter
    std::optional<std::int64_t> start;  // unix seconds: what was since then comes first
    std::optional<std::int64_t> stop;
};

// The events of one session from its subscription on.
class Subscription {
public:
    // `counts` outlives it, as does the backend.
    Subscription(Backend& backend, SubscriptionWish wish, std::function<void()> counts);
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription();

    // After its <ok/> is on its way: what was, then what comes.
    void start();
    [[nodiscard]] bool active() const { return active_; }

private:
    void tell(const Event& event);
    void send(std::int64_t time, std::string_view content);
    void complete();

    Backend& backend_;
    SubscriptionWish wish_;
    std::function<void()> counts_;
    Timer stop_;
    bool active_ = true;
};

}  // namespace torii::rpc
