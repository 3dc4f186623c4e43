#include "dataplane/dpdk/qsbr.h"

#include <rte_rcu_qsbr.h>

#include <cstdlib>
#include <new>
#include <utility>

namespace torii::dpdk {

void Qsbr::Free::operator()(rte_rcu_qsbr* variable) const {
    std::free(variable);
}

Qsbr::Qsbr(unsigned workers) {
    const std::size_t size = rte_rcu_qsbr_get_memsize(workers);
    variable_.reset(static_cast<rte_rcu_qsbr*>(
        std::aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(size))));
    if (!variable_) throw std::bad_alloc();
    rte_rcu_qsbr_init(variable_.get(), workers);
    for (unsigned worker = 0; worker < workers; ++worker) {
        rte_rcu_qsbr_thread_register(variable_.get(), worker);
    }
}

Qsbr::~Qsbr() {
    for (const Retired& retired : retired_) retired.release();
}

void Qsbr::retire(std::function<void()> release) {
    retired_.push_back({rte_rcu_qsbr_start(variable_.get()), std::move(release)});
}

bool Qsbr::poll() {
    // A release may retire more: take each out before it runs.
    while (!retired_.empty() &&
           rte_rcu_qsbr_check(variable_.get(), retired_.front().token, false) == 1) {
        const Retired done = std::move(retired_.front());
        retired_.pop_front();
        done.release();
    }
    return !retired_.empty();
}

void Qsbr::synchronize() {
    rte_rcu_qsbr_synchronize(variable_.get(), RTE_QSBR_THRID_INVALID);
}

void Qsbr::enter(unsigned worker) {
    rte_rcu_qsbr_thread_online(variable_.get(), worker);
}

void Qsbr::quiescent(unsigned worker) {
    rte_rcu_qsbr_quiescent(variable_.get(), worker);
}

void Qsbr::leave(unsigned worker) {
    rte_rcu_qsbr_thread_offline(variable_.get(), worker);
}

}  // namespace torii::dpdk
