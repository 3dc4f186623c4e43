#include "tests/bench/bgp/poller.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

namespace torii::bench {

TimePoint now() {
    return std::chrono::steady_clock::now();
}

Result<Poller> Poller::open() {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return fail("cannot open epoll: {}", std::strerror(errno));
    return Poller(fd);
}

Poller::Poller(Poller&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Poller::~Poller() {
    if (fd_ >= 0) ::close(fd_);
}

void Poller::add(int fd, Pollable& pollable, bool writable) {
    control(EPOLL_CTL_ADD, fd, pollable, writable);
}

void Poller::change(int fd, Pollable& pollable, bool writable) {
    control(EPOLL_CTL_MOD, fd, pollable, writable);
}

void Poller::remove(int fd, const Pollable& pollable) {
    ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr);
    for (int index = 0; index < fetched_count_; ++index) {
        if (fetched_[index] == &pollable) fetched_[index] = nullptr;
    }
}

void Poller::control(int operation, int fd, Pollable& pollable, bool writable) const {
    epoll_event event{};
    event.events = EPOLLIN;
    if (writable) event.events |= EPOLLOUT;
    event.data.ptr = &pollable;
    ::epoll_ctl(fd_, operation, fd, &event);
}

void Poller::poll(Duration timeout) {
    std::array<epoll_event, kEventsMax> events{};
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    fetched_count_ = ::epoll_wait(fd_, events.data(), kEventsMax, static_cast<int>(milliseconds));
    if (fetched_count_ < 0) fetched_count_ = 0;
    for (int index = 0; index < fetched_count_; ++index) {
        fetched_[index] = static_cast<Pollable*>(events[static_cast<std::size_t>(index)].data.ptr);
    }
    for (int index = 0; index < fetched_count_; ++index) {
        const std::uint32_t what = events[static_cast<std::size_t>(index)].events;
        if (fetched_[index] == nullptr) continue;
        fetched_[index]->ready((what & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0,
                               (what & EPOLLOUT) != 0);
    }
    fetched_count_ = 0;
}

}  // namespace torii::bench
