#pragma once

#include "tests/bench/bgp/plan.h"
#include "tests/bench/bgp/session.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace torii::bench {

// All sessions of a plan and what they should receive.
class Fleet {
public:
    Fleet(Poller& poller, Plan plan);
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    [[nodiscard]] const Plan& plan() const { return plan_; }
    [[nodiscard]] std::span<const std::unique_ptr<Session>> sessions() const { return sessions_; }
    // They come first.
    [[nodiscard]] std::span<const std::unique_ptr<Session>> senders() const {
        return sessions().first(plan_.senders);
    }

    // Until all are established: those that do not get there are dialed again. They begin one after
    // the other, spread over a time.
    [[nodiscard]] bool bring_up(Duration patience, Duration spread = Duration{0});
    // Keeps the sessions going until `done()`. False: that took too long, or a session was lost.
    [[nodiscard]] bool run_until(const std::function<bool()>& done, Duration patience);
    void run_for(Duration duration);

    // What everybody should know of a sender's prefixes from now on; 0: nothing.
    void expect(std::size_t sender, Version version);
    // After expect(), once for all.
    void recount();
    // Every session that is up knows what it should.
    [[nodiscard]] bool complete();

    [[nodiscard]] std::size_t missing() const;
    [[nodiscard]] std::size_t lost() const;
    [[nodiscard]] std::uint64_t announcements() const;
    [[nodiscard]] std::uint64_t updates() const;

private:
    void add(std::size_t index);
    void tick(TimePoint time);
    bool dial_missing(TimePoint time, std::vector<TimePoint>& dialed);

    Poller& poller_;
    Plan plan_;
    Numbering numbering_;
    Target target_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::size_t suspect_ = 0;  // the session that was not complete when last looked at
    TimePoint next_tick_;
};

}  // namespace torii::bench
