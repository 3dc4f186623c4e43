#pragma once

#include "platform/base/result.h"
#include "platform/runtime/event_loop.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace torii::kube {

// Tells when the files of a folder changed, once they have been quiet for a while: writers seldom
// do all they do in one step. A folder that goes away and comes back is watched again.
class FolderWatch {
public:
    static constexpr Duration kQuietTime = std::chrono::milliseconds(100);

    static Result<std::unique_ptr<FolderWatch>> start(EventLoop& loop, const std::string& folder,
                                                      std::function<void()> changed);
    FolderWatch(const FolderWatch&) = delete;
    FolderWatch& operator=(const FolderWatch&) = delete;
    ~FolderWatch();

private:
    FolderWatch(EventLoop& loop, std::string folder, std::function<void()> changed, int descriptor);

    [[nodiscard]] bool add_watch();
    void receive();
    void notice(bool complete);
    void follow_folder();

    EventLoop& loop_;
    std::string folder_;
    std::function<void()> changed_;
    int descriptor_;
    bool pending_ = false;
    TimePoint pending_since_;
    Timer quiet_;
    Timer retry_;
    Timer readable_;
};

}  // namespace torii::kube
