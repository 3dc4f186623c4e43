#include "platform/bfd/thread.h"

#include "platform/bfd/udp_transport.h"

#include <pthread.h>
#include <sched.h>
#include <thread>
#include <utility>

namespace torii::bfd {

class Thread::Parts {
public:
    Parts(bool independent, Service::Changed changed)
        : transport_(loop_),
          service_(loop_, transport_, independent, std::move(changed)),
          thread_([this] { run(); }) {}
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() {
        loop_.post([this] { loop_.stop(); });
        thread_.join();
    }

    void post(std::function<void(Service&)> call) {
        loop_.post([this, call = std::move(call)] { call(service_); });
    }

private:
    void run() {
        ::pthread_setname_np(::pthread_self(), "bfd");
        // Little work that must not wait for much work. Where that is not allowed: as all others.
        const sched_param first{1};
        ::pthread_setschedparam(::pthread_self(), SCHED_RR, &first);
        loop_.run();
    }

    EventLoop loop_;
    UdpTransport transport_;
    Service service_;
    std::thread thread_;
};

Thread::Thread(EventLoop& home, bool independent, Service::Changed changed)
    : home_(home), independent_(independent), changed_(std::move(changed)) {}

Thread::~Thread() {
    *alive_ = false;
}

void Thread::configure(std::vector<SessionConfig> sessions) {
    if (!parts_ && sessions.empty()) return;
    if (!parts_) {
        parts_ =
            std::make_unique<Parts>(independent_, [this, alive = alive_](SessionStatus status) {
                home_.post([this, alive, status = std::move(status)] {
                    if (*alive) changed_(status);
                });
            });
    }
    parts_->post(
        [sessions = std::move(sessions)](Service& service) { service.configure(sessions); });
}

void Thread::ask(std::function<void(const std::vector<SessionStatus>&)> reply) {
    if (!parts_) return reply({});
    parts_->post([this, alive = alive_, reply = std::move(reply)](Service& service) {
        home_.post([alive, reply, sessions = service.sessions()] {
            if (*alive) reply(sessions);
        });
    });
}

}  // namespace torii::bfd
