#pragma once

#include "mgmt/rpc/backend.h"
#include "mgmt/rpc/statistics.h"
#include "mgmt/rpc/subscription.h"
#include "mgmt/xml/xml.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace torii::rpc {

// What goes back to the client.
struct Answer {
    std::string text;
    bool chunked = false;  // from the next message on
    bool ended = false;    // the session, after this one
    std::string reason{};  // why, when not as it should
};

// One session of NETCONF from its first message on, without framing. Messages come one after the
// other, each when the one before was answered.
class NetconfSession : public std::enable_shared_from_this<NetconfSession> {
public:
    using Answered = std::function<void(Answer)>;

    NetconfSession(std::unique_ptr<Backend> backend, Totals& totals)
        : backend_(std::move(backend)), totals_(totals) {}

    [[nodiscard]] std::string hello() const;
    void handle(std::string_view message, const Answered& answered);

    [[nodiscard]] Backend& backend() { return *backend_; }
    [[nodiscard]] const Statistics& statistics() const { return own_; }
    // What it has heard and said: all sessions together.
    [[nodiscard]] const Totals& totals() const { return totals_; }
    void close_after_reply() { closing_ = true; }
    [[nodiscard]] bool subscribed() const { return subscription_ && subscription_->active(); }
    void subscribe(SubscriptionWish wish);

private:
    void greet(const Result<xml::Element>& message, const Answered& answered);
    void call(const xml::Element& rpc, const Answered& answered);
    void malformed(const std::string& why, const Answered& answered);
    [[nodiscard]] Answer answer_to(const xml::Element& rpc, const Reply& reply);

    std::unique_ptr<Backend> backend_;
    Statistics own_;
    Totals& totals_;
    bool greeted_ = false;
    bool chunked_ = false;
    bool closing_ = false;
    std::unique_ptr<Subscription> subscription_;
};

}  // namespace torii::rpc
