#pragma once

#include "dataplane/dpdk/worker.h"
#include "platform/base/result.h"

#include <memory>

namespace torii::dpdk {

// Runs a worker on its lcore.
class WorkerThread {
public:
    static Result<std::unique_ptr<WorkerThread>> launch(Worker& worker);
    // Stops the worker and waits for its end.
    ~WorkerThread();
    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;

private:
    explicit WorkerThread(Worker& worker) : worker_(worker) {}

    Worker& worker_;
};

}  // namespace torii::dpdk
