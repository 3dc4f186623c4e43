#include "agent/api/reflector.h"

#include <utility>

namespace torii::api {
namespace {

// etcd takes no object of more than 1.5 MiB; JSON may be some times longer than its encoding.
constexpr std::size_t kEventSizeMax = 16U << 20U;
constexpr std::size_t kPageSizeMax = 64U << 20U;

}  // namespace

Reflector::Reflector(Scheduler& scheduler, std::unique_ptr<Transport> transport, Watch watch,
                     std::function<void(Changes)> changed)
    : scheduler_(scheduler),
      transport_(std::move(transport)),
      watch_(std::move(watch)),
      changed_(std::move(changed)) {}

void Reflector::schedule() {
    Query query = watch_.next();
    const Duration delay = query.delay;
    waiting_ = scheduler_.after(delay, [this, query = std::move(query)] { send(query); });
}

void Reflector::list_again() {
    exchange_.reset();
    watch_.list_again();
    schedule();
}

void Reflector::send(Query query) {
    watch_.begun(scheduler_.now());
    values_.emplace(query.stream ? kEventSizeMax : kPageSizeMax);
    Request request;
    request.target = std::move(query.target);
    request.pause_max = query.pause_max;
    Handlers handlers;
    handlers.accepted = [this] {
        watch_.accepted();
        changed_({});
    };
    handlers.body = [this](std::string_view octets) { return take(octets); };
    handlers.ended = [this](const Outcome& outcome) { ended(outcome); };
    exchange_ = transport_->exchange(std::move(request), std::move(handlers));
}

Result<void> Reflector::take(std::string_view octets) {
    Changes changes;
    auto taken = values_->feed(
        octets, [&](boost::json::value value) { return watch_.take(std::move(value), changes); });
    if (!changes.empty()) changed_(std::move(changes));
    return taken;
}

void Reflector::ended(Outcome outcome) {
    if (outcome.good() && !values_->between_values()) {
        outcome.error = "the answer ends in the middle of a value";
    }
    Changes changes;
    watch_.ended(outcome, scheduler_.now(), changes);
    schedule();
    changed_(std::move(changes));
}

}  // namespace torii::api
