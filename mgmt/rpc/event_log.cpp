#include "mgmt/rpc/event_log.h"

#include <utility>

namespace torii::rpc {

void EventLog::add(Event event) {
    events_.push_back(std::move(event));
    if (events_.size() > kKept) events_.pop_front();
    // Who is told may leave.
    const auto listeners = listeners_;
    for (const auto& [number, listener] : listeners) listener(events_.back());
}

}  // namespace torii::rpc
