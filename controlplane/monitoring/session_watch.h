#pragma once

#include "controlplane/speaker/session_observer.h"

#include <functional>

namespace torii::monitoring {

// What those who record sessions have in common: while somebody wants it, they know the sessions
// that are up, also those that were before.
class SessionWatch : public speaker::SessionObserver {
protected:
    // `source` outlives this.
    explicit SessionWatch(speaker::RouteSource& source) : source_(source) {}

    void observe(bool wanted);
    virtual void add_session(const speaker::ObservedSession& session) = 0;
    virtual void forget_sessions() = 0;
    [[nodiscard]] speaker::RouteSource& source() const { return source_; }

private:
    speaker::RouteSource& source_;
    bool observing_ = false;
};

// The messages that stand one after the other in `messages`, with their headers.
void each_message(Bytes messages, const std::function<void(Bytes)>& visit);

}  // namespace torii::monitoring
