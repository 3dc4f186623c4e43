#include "platform/runtime/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <utility>

namespace torii {
namespace asio = boost::asio;
using boost::system::error_code;

struct EventLoop::Parts {
    asio::io_context context{1};
    asio::signal_set signals{context};
};

EventLoop::EventLoop() : parts_(std::make_unique<Parts>()) {}
EventLoop::~EventLoop() = default;

TimePoint EventLoop::now() const {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
}

Timer EventLoop::after(Duration delay, std::function<void()> call) {
    struct Pending {
        asio::steady_timer timer;
        std::function<void()> call;
    };
    auto pending = std::make_shared<Pending>(
        Pending{asio::steady_timer(parts_->context, delay), std::move(call)});
    pending->timer.async_wait([pending](error_code error) {
        if (error || !pending->call) return;
        // The call may drop the Timer that owns it: keep the function until it has returned.
        const auto due = std::exchange(pending->call, nullptr);
        due();
    });
    return Timer([pending] {
        pending->call = nullptr;
        pending->timer.cancel();
    });
}

void EventLoop::post(std::function<void()> call) {
    asio::post(parts_->context, std::move(call));
}

namespace {

struct Watch : std::enable_shared_from_this<Watch> {
    Watch(asio::io_context& context, int fd, std::function<void()> on_ready)
        : descriptor(context, fd), ready(std::move(on_ready)) {}

    void wait() {
        descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                              [self = shared_from_this()](error_code error) {
                                  if (error || !self->ready) return;
                                  const auto call = self->ready;
                                  call();
                                  if (self->ready) self->wait();
                              });
    }

    asio::posix::stream_descriptor descriptor;
    std::function<void()> ready;
};

}  // namespace

Timer EventLoop::watch_readable(int descriptor, std::function<void()> ready) {
    auto watch = std::make_shared<Watch>(parts_->context, descriptor, std::move(ready));
    watch->wait();
    return Timer([watch] {
        watch->ready = nullptr;
        watch->descriptor.release();  // cancels the wait, leaves the descriptor open
    });
}

void EventLoop::on_terminate(std::function<void()> call) {
    parts_->signals.add(SIGINT);
    parts_->signals.add(SIGTERM);
    parts_->signals.async_wait([call = std::move(call)](error_code error, int) {
        if (!error) call();
    });
}

void EventLoop::run() {
    const auto guard = asio::make_work_guard(parts_->context);
    parts_->context.run();
}

void EventLoop::stop() {
    parts_->context.stop();
}

asio::io_context& EventLoop::context() {
    return parts_->context;
}

}  // namespace torii
