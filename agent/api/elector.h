#pragma once

#include "agent/api/election.h"
#include "agent/api/transport.h"
#include "platform/base/clock.h"

#include <functional>
#include <memory>
#include <string>

namespace torii::api {

// Carries the requests of an Election to the server.
class Elector {
public:
    // `changed` is called when leads() or problem() is another than before.
    Elector(Scheduler& scheduler, std::unique_ptr<Transport> transport, Election election,
            std::function<void()> changed);

    void start() { ask(); }
    [[nodiscard]] bool leads() const { return election_.leads(scheduler_.now()); }
    // What a person should know; empty: nothing.
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    void ask();
    void answered(const Outcome& outcome);
    void notice();

    Scheduler& scheduler_;
    std::unique_ptr<Transport> transport_;
    Election election_;
    std::function<void()> changed_;
    std::string body_;
    std::string problem_;
    bool led_ = false;
    Timer waiting_;
    Timer noticing_;
    Timer exchange_;
};

}  // namespace torii::api
