#include "tests/bench/bgp/mirror.h"

#include "controlplane/bgp/message.h"
#include "tests/bench/bgp/sockets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace torii::bench {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10U;
constexpr std::size_t kQueueMax = std::size_t{4} << 20U;
constexpr bgp::Asn kAs{65000};
constexpr bgp::RouterId kRouterId{0x0a630001};

class Hall;

// One session's end at the mirror.
class Image : public Pollable {
public:
    Image(Hall& hall, Poller& poller, int fd) : hall_(hall), poller_(poller), fd_(fd) {
        poller_.add(fd_, *this, false);
    }
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    ~Image() override {
        poller_.remove(fd_, *this);
        ::close(fd_);
    }

    void ready(bool readable, bool writable) override {
        if (writable) write();
        if (readable) read();
    }
    void pass(Bytes octets) {
        queue_.insert(queue_.end(), octets.begin(), octets.end());
        write();
    }
    [[nodiscard]] bool full() const { return queue_.size() - sent_ > kQueueMax; }
    [[nodiscard]] bool gone() const { return gone_; }

private:
    void read();
    std::size_t take(Bytes octets);
    void write();
    void answer(const bgp::Open& open);

    Hall& hall_;
    Poller& poller_;
    int fd_;
    bool gone_ = false;
    std::vector<std::uint8_t> partial_;
    std::vector<std::uint8_t> queue_;
    std::size_t sent_ = 0;
};

class Hall : public Pollable {
public:
    Hall(Poller& poller, int listener) : poller_(poller), listener_(listener) {
        poller_.add(listener_, *this, false);
    }
    Hall(const Hall&) = delete;
    Hall& operator=(const Hall&) = delete;
    ~Hall() override {
        poller_.remove(listener_, *this);
        ::close(listener_);
    }

    void ready(bool /*readable*/, bool /*writable*/) override {
        while (const auto accepted = accept_from(listener_)) {
            images_.push_back(std::make_unique<Image>(*this, poller_, accepted->fd));
        }
    }
    void pass(const Image& from, Bytes octets) {
        for (const auto& image : images_) {
            if (image.get() != &from) image->pass(octets);
        }
    }
    [[nodiscard]] bool full() const {
        return std::ranges::any_of(images_, [](const auto& image) { return image->full(); });
    }
    void sweep() {
        std::erase_if(images_, [](const auto& image) { return image->gone(); });
    }

private:
    Poller& poller_;
    int listener_;
    std::vector<std::unique_ptr<Image>> images_;
};

void Image::read() {
    if (hall_.full()) return;  // level triggered: asked again
    static std::array<std::uint8_t, bgp::kExtendedSizeMax + kReadSize> buffer;
    std::ranges::copy(partial_, buffer.begin());
    const ssize_t size = ::recv(fd_, buffer.data() + partial_.size(), kReadSize, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
        gone_ = true;
        return;
    }
    const Bytes octets = Bytes(buffer).first(partial_.size() + static_cast<std::size_t>(size));
    const Bytes rest = octets.subspan(take(octets));
    partial_.assign(rest.begin(), rest.end());
}

// A run of UPDATE messages is passed on in one piece.
std::size_t Image::take(Bytes octets) {
    std::size_t taken = 0;
    std::size_t passed = 0;
    while (true) {
        const auto frame = bgp::next_frame(octets.subspan(taken), bgp::kMessageSizeMax);
        if (!frame || !*frame) break;
        const auto type = static_cast<bgp::MessageType>((**frame)[bgp::kHeaderSize - 1]);
        if (type != bgp::MessageType::update) {
            hall_.pass(*this, octets.subspan(passed, taken - passed));
            passed = taken + (*frame)->size();
            const auto message = bgp::decode(**frame, {});
            if (message && std::holds_alternative<bgp::Open>(*message)) {
                answer(std::get<bgp::Open>(*message));
            }
        }
        taken += (*frame)->size();
    }
    hall_.pass(*this, octets.subspan(passed, taken - passed));
    return taken;
}

void Image::answer(const bgp::Open& open) {
    bgp::Open own = open;
    own.as = kAs;
    own.capabilities.four_octet_as = kAs;
    own.router_id = kRouterId;
    pass(bgp::encode(own));
    pass(bgp::encode(bgp::Keepalive{}));
}

void Image::write() {
    while (sent_ < queue_.size()) {
        const ssize_t size =
            ::send(fd_, queue_.data() + sent_, queue_.size() - sent_, MSG_NOSIGNAL);
        if (size < 0) {
            poller_.change(fd_, *this, true);
            return;
        }
        sent_ += static_cast<std::size_t>(size);
    }
    queue_.clear();
    sent_ = 0;
    poller_.change(fd_, *this, false);
}

}  // namespace

Result<void> mirror(Poller& poller) {
    const auto listener = listen_on(IpAddress::v4(kRouterId.value()));
    if (!listener) return unexpected(listener.error());
    Hall hall(poller, *listener);
    while (true) {
        poller.poll(Seconds(1));
        hall.sweep();
    }
}

}  // namespace torii::bench
