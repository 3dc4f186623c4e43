#pragma once

#include "platform/runtime/event_loop.h"

#include <functional>
#include <memory>

namespace torii {

// Long work beside the loop, so that the loop goes on answering.
class Background {
public:
    Background() = default;
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    virtual ~Background() = default;

    // Runs `work` elsewhere, one piece after another, then `done` on the loop. `work` may look only
    // at what nobody changes meanwhile. Both are destroyed on the loop.
    virtual void run(std::function<void()> work, std::function<void()> done) = 0;
};

// A thread for it. Its end waits for the piece that is being worked at; the rest is dropped.
class BackgroundThread final : public Background {
public:
    explicit BackgroundThread(EventLoop& loop);
    ~BackgroundThread() override;
    void run(std::function<void()> work, std::function<void()> done) override;

private:
    struct Parts;
    std::shared_ptr<Parts> parts_;
};

}  // namespace torii
