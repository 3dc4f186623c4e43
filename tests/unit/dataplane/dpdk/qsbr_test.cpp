#include "dataplane/dpdk/qsbr.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace torii::dpdk {
namespace {

TEST(Qsbr, WithoutAWorkerInsideThingsGoAtOnce) {
    Qsbr qsbr(1);
    bool released = false;
    qsbr.retire([&] { released = true; });
    EXPECT_FALSE(released);
    EXPECT_FALSE(qsbr.poll());
    EXPECT_TRUE(released);
}

TEST(Qsbr, WaitsForEveryWorkerThatWasInside) {
    Qsbr qsbr(2);
    qsbr.enter(0);
    qsbr.enter(1);
    bool released = false;
    qsbr.retire([&] { released = true; });
    EXPECT_TRUE(qsbr.poll());
    qsbr.quiescent(0);
    EXPECT_TRUE(qsbr.poll());
    EXPECT_FALSE(released);
    qsbr.leave(1);
    EXPECT_FALSE(qsbr.poll());
    EXPECT_TRUE(released);
    qsbr.leave(0);
}

TEST(Qsbr, AReleaseMayRetireMore) {
    Qsbr qsbr(1);
    int released = 0;
    qsbr.retire([&] {
        ++released;
        qsbr.retire([&] { ++released; });
    });
    EXPECT_FALSE(qsbr.poll());
    EXPECT_EQ(released, 2);
}

TEST(Qsbr, WhatStillWaitsGoesWithIt) {
    bool released = false;
    {
        Qsbr qsbr(1);
        qsbr.enter(0);
        qsbr.retire([&] { released = true; });
        EXPECT_TRUE(qsbr.poll());
        qsbr.leave(0);
    }
    EXPECT_TRUE(released);
}

TEST(Qsbr, SynchronizeWaitsForARunningWorker) {
    Qsbr qsbr(1);
    std::atomic<bool> inside{false};
    std::atomic<bool> seen{false};
    std::atomic<bool> end{false};
    std::atomic<const bool*> shared{nullptr};
    std::thread worker([&] {
        qsbr.enter(0);
        inside = true;
        while (!end) {
            if (shared.load() != nullptr) seen = true;
            qsbr.quiescent(0);
        }
        qsbr.leave(0);
    });
    while (!inside) std::this_thread::yield();
    const bool value = true;
    shared = &value;
    // The worker passes its quiescent state only after a look at what was there before.
    qsbr.synchronize();
    qsbr.synchronize();
    EXPECT_TRUE(seen);
    end = true;
    worker.join();
}

}  // namespace
}  // namespace torii::dpdk
