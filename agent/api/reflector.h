#pragma once

#include "agent/api/json_stream.h"
#include "agent/api/transport.h"
#include "agent/api/watch.h"
#include "platform/base/clock.h"

#include <functional>
#include <memory>
#include <optional>

namespace torii::api {

// Carries the queries of a Watch to the server and the answers back.
class Reflector {
public:
    // `changed` is called for each answer or part of one, also when there are no changes: then
    // perhaps the state is another.
    Reflector(Scheduler& scheduler, std::unique_ptr<Transport> transport, Watch watch,
              std::function<void(Changes)> changed);

    void start() { schedule(); }
    // Whatever is known: lists anew at once.
    void list_again();
    [[nodiscard]] const Watch& watch() const { return watch_; }

private:
    void schedule();
    void send(Query query);
    [[nodiscard]] Result<void> take(std::string_view octets);
    void ended(Outcome outcome);

    Scheduler& scheduler_;
    std::unique_ptr<Transport> transport_;
    Watch watch_;
    std::function<void(Changes)> changed_;
    std::optional<JsonStream> values_;  // of the answer
    Timer waiting_;
    Timer exchange_;
};

}  // namespace torii::api
