#pragma once

#include "dataplane/fib/reclaimer.h"

#include <functional>
#include <utility>
#include <vector>

namespace torii::test {

// Releases when the test says that all readers have moved on.
class DeferredReclaimer final : public fib::Reclaimer {
public:
    ~DeferredReclaimer() override { release(); }

    void retire(std::function<void()> call) override { retired_.push_back(std::move(call)); }
    void release() {
        for (const auto& call : std::exchange(retired_, {})) call();
    }
    [[nodiscard]] std::size_t waiting() const { return retired_.size(); }

private:
    std::vector<std::function<void()>> retired_;
};

}  // namespace torii::test
