#pragma once

#include <chrono>
#include <vector>

namespace torii::dpdk {

// Where a worker sleeps when there is nothing to do: on the descriptors of its ports, and where
// some port has none, for a time that grows while nothing comes.
class Idle {
public:
    Idle();
    ~Idle();
    Idle(const Idle&) = delete;
    Idle& operator=(const Idle&) = delete;

    // `all` says that nothing can come but through these descriptors.
    void watch(const std::vector<int>& descriptors, bool all);
    // There was work: the next sleep is short again.
    void busy() { nap_ = kShortestNap; }
    // Whether `descriptor` is one of those that ended the sleep.
    bool sleep(int descriptor);

private:
    static constexpr std::chrono::microseconds kShortestNap{10};
    static constexpr std::chrono::microseconds kLongestNap{1000};
    // Even when everything can be waited for: what no descriptor tells is found after this time.
    static constexpr std::chrono::milliseconds kLimit{500};

    void settle_error(int descriptor) const;

    int epoll_ = -1;
    bool all_ = false;
    std::chrono::microseconds nap_ = kShortestNap;
};

}  // namespace torii::dpdk
