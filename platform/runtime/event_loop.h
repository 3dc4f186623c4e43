#pragma once

#include "platform/base/clock.h"

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace torii {

// One per process's control thread: everything that is not the packet engine runs on it, so nothing
// on it takes a lock. Owns the io_context; is the real Scheduler.
class EventLoop final : public Scheduler {
public:
    EventLoop();
    ~EventLoop() override;

    [[nodiscard]] TimePoint now() const override;
    [[nodiscard]] Timer after(Duration delay, std::function<void()> call) override;
    // Safe from any thread.
    void post(std::function<void()> call) override;

    // Calls `ready` on this loop whenever `descriptor` can be read, until the Timer is dropped. The
    // descriptor stays the caller's and must outlive the watch.
    [[nodiscard]] Timer watch_readable(int descriptor, std::function<void()> ready);
    // Calls `call` on SIGINT and SIGTERM. Once per loop.
    void on_terminate(std::function<void()> call);

    void run();
    void stop();
    [[nodiscard]] boost::asio::io_context& context();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace torii
