#pragma once

#include <cstddef>
#include <utility>

namespace torii::routing {

// Whether BGP's routes go into the kernel, which needs them for the router's own packets only: up
// to a limit all of them, above it none, since any part of them would lead some packets elsewhere.
class KernelLimit {
public:
    static constexpr std::size_t kDefault = 100'000;

    // Both: true when left_out() is another than before.
    bool set_limit(std::size_t limit) {
        limit_ = limit;
        return become(limit_ == 0 || routes_ > limit_);
    }
    bool observe(std::size_t routes) {
        routes_ = routes;
        if (routes_ > limit_) return become(true);
        // A table at the limit does not come and go with every route.
        if (limit_ != 0 && routes_ <= limit_ - limit_ / kSlackPart) return become(false);
        return false;
    }
    [[nodiscard]] bool left_out() const { return left_out_; }
    // It is because of their number, not because none are wanted there.
    [[nodiscard]] bool exceeded() const { return left_out_ && limit_ != 0; }
    [[nodiscard]] std::size_t limit() const { return limit_; }
    [[nodiscard]] std::size_t routes() const { return routes_; }

private:
    static constexpr std::size_t kSlackPart = 10;

    bool become(bool left_out) { return std::exchange(left_out_, left_out) != left_out; }

    std::size_t limit_ = kDefault;
    std::size_t routes_ = 0;
    bool left_out_ = false;
};

}  // namespace torii::routing
