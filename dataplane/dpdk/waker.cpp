#include "dataplane/dpdk/waker.h"

#include <cerrno>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace torii::dpdk {

Waker::Waker() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    // Start-up code: without it the process cannot run.
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Waker::~Waker() {
    ::close(descriptor_);
}

void Waker::wake() const {
    // Only a counter that would overflow fails, and then the reader is awake anyway.
    [[maybe_unused]] const int error = ::eventfd_write(descriptor_, 1);
}

void Waker::clear() const {
    eventfd_t count = 0;
    [[maybe_unused]] const int error = ::eventfd_read(descriptor_, &count);
}

}  // namespace torii::dpdk
