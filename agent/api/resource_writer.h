#pragma once

#include "agent/api/backoff.h"
#include "agent/api/transport.h"
#include "agent/kube/object.h"
#include "platform/base/clock.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace torii::api {

// Sends changes of resources, one after the other, those that fail again after a while. What the
// server finds outdated (409) or has no resource for (404) is dropped: its cause comes as an event.
class ResourceWriter {
public:
    struct Listener {
        std::function<bool()> may_write;  // asked before each is sent
        // The server has done it; the resource's version now. Only while it is still wanted,
        // as dropped().
        std::function<void(const kube::ObjectKey&, const std::string& version)> written;
        std::function<void(const kube::ObjectKey&)> dropped;
        std::function<void()> changed;  // problem() is another
    };

    ResourceWriter(Scheduler& scheduler, std::unique_ptr<Transport> transport, Random random,
                   Listener listener);

    // All that is still to be done, in place of what was.
    void want(std::map<kube::ObjectKey, Request> requests);
    // What a person should know; empty: nothing.
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    void send();
    void ended(const Outcome& outcome);
    void tell(std::string problem);

    Scheduler& scheduler_;
    std::unique_ptr<Transport> transport_;
    Backoff backoff_;
    Listener listener_;
    std::map<kube::ObjectKey, Request> requests_;  // but for the one under way
    kube::ObjectKey under_way_;
    Request request_;      // under way
    bool wanted_ = false;  // the one under way, still
    std::string body_;     // of the answer under way
    std::string problem_;
    bool busy_ = false;  // with an exchange or a wait
    Timer waiting_;
    Timer exchange_;
};

}  // namespace torii::api
