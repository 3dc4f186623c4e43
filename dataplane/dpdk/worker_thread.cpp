#include "dataplane/dpdk/worker_thread.h"

#include "dataplane/dpdk/eal.h"

#include <rte_errno.h>
#include <rte_launch.h>

#include <cstdlib>

namespace torii::dpdk {

Result<std::unique_ptr<WorkerThread>> WorkerThread::launch(Worker& worker) {
    const auto run = [](void* argument) {
        static_cast<Worker*>(argument)->run();
        return 0;
    };
    const int error = rte_eal_remote_launch(run, &worker, worker_lcore(worker.index()));
    if (error != 0) return fail("the worker does not start: {}", rte_strerror(std::abs(error)));
    return std::unique_ptr<WorkerThread>(new WorkerThread(worker));
}

WorkerThread::~WorkerThread() {
    worker_.stop();
    rte_eal_wait_lcore(worker_lcore(worker_.index()));
}

}  // namespace torii::dpdk
