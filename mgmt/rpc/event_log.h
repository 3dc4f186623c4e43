#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

namespace torii::rpc {

// Something that happened: a notification of the model.
struct Event {
    std::int64_t time = 0;  // unix seconds
    std::string json;       // RFC 7951: {"torii-system:commit-done": {...}}
    std::string line{};     // the same for people
};

// The stream NETCONF (RFC 5277): who listens is told at once, the latest ones can be had again.
class EventLog {
public:
    static constexpr std::size_t kKept = 1000;
    using Listener = std::function<void(const Event&)>;

    // `since`: when it was begun.
    explicit EventLog(std::int64_t since) : since_(since) {}

    void add(Event event);
    [[nodiscard]] const std::deque<Event>& events() const { return events_; }
    [[nodiscard]] std::int64_t since() const { return since_; }

    // By a number of its own; one more of that number takes the place of the first.
    void listen(std::uint64_t number, Listener listener) {
        listeners_[number] = std::move(listener);
    }
    void leave(std::uint64_t number) { listeners_.erase(number); }

private:
    std::int64_t since_;
    std::deque<Event> events_;
    std::map<std::uint64_t, Listener> listeners_;
};

}  // namespace torii::rpc
