#include "dataplane/dpdk/idle.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace torii::dpdk {

Idle::Idle() {
    watch({}, false);
}

Idle::~Idle() {
    ::close(epoll_);
}

void Idle::watch(const std::vector<int>& descriptors, bool all) {
    if (epoll_ >= 0) ::close(epoll_);
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    all_ = all;
    nap_ = kShortestNap;
    for (const int descriptor : descriptors) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = descriptor;
        if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) all_ = false;
    }
}

bool Idle::sleep(int descriptor) {
    const std::chrono::nanoseconds limit = all_ ? std::chrono::nanoseconds(kLimit) : nap_;
    nap_ = std::min(nap_ * 2, kLongestNap);
    const timespec timeout{0, static_cast<long>(limit.count())};
    std::array<epoll_event, 16> events{};
    const int count =
        ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    bool ended_it = false;
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) settle_error(event.data.fd);
        ended_it = ended_it || event.data.fd == descriptor;
    }
    return ended_it;
}

// A device that went down leaves an error on its socket. Unread, it would end every sleep at once.
void Idle::settle_error(int descriptor) const {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) {
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    }
}

}  // namespace torii::dpdk
