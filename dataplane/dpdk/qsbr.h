#pragma once

#include "dataplane/fib/reclaimer.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

struct rte_rcu_qsbr;

namespace torii::dpdk {

// Quiescent-state based reclamation: workers say when they hold nothing of the shared tables, and
// what was retired before that is released. One writer thread; workers numbered from 0.
class Qsbr final : public fib::Reclaimer {
public:
    explicit Qsbr(unsigned workers);
    ~Qsbr() override;  // releases the rest: no worker may run any more

    // Writer.
    void retire(std::function<void()> release) override;
    // Releases what may be released; says whether more waits. Never blocks.
    bool poll();
    // Returns when no worker holds what was reachable before the call. At most a burst's time.
    void synchronize();
    [[nodiscard]] std::size_t waiting() const { return retired_.size(); }

    // Worker.
    void enter(unsigned worker);  // from now on it may hold references
    void quiescent(unsigned worker);
    void leave(unsigned worker);

private:
    struct Retired {
        std::uint64_t token;
        std::function<void()> release;
    };
    struct Free {
        void operator()(rte_rcu_qsbr* variable) const;
    };

    std::unique_ptr<rte_rcu_qsbr, Free> variable_;
    std::deque<Retired> retired_;
};

}  // namespace torii::dpdk
