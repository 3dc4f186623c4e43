#pragma once

namespace torii::dpdk {

// Wakes a thread that waits on descriptor(): an eventfd.
class Waker {
public:
    Waker();
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

    void wake() const;
    void clear() const;
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace torii::dpdk
