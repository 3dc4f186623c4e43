#pragma once

#include "platform/bfd/service.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <memory>
#include <vector>

namespace torii::bfd {

// The sessions of a process on a thread of their own: no table that is put together for somebody,
// and no batch of routes, may keep them from saying that we are alive. All functions are called,
// and all calls are made, on the thread of `home`.
class Thread {
public:
    Thread(EventLoop& home, bool independent, Service::Changed changed);
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread();

    // As in Service. The thread starts with the first session.
    void configure(std::vector<SessionConfig> sessions);
    void ask(std::function<void(const std::vector<SessionStatus>&)> reply);

private:
    class Parts;
    EventLoop& home_;
    bool independent_;
    Service::Changed changed_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::unique_ptr<Parts> parts_;
};

}  // namespace torii::bfd
