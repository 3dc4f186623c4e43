#include "tests/bench/bgp/session.h"

#include "tests/bench/bgp/sockets.h"
#include "tests/bench/bgp/update_view.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace torii::bench {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10U;
constexpr std::size_t kWriteSize = std::size_t{256} << 10U;
constexpr int kStormBuffer = 64 << 10;

bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

bgp::Open open_of(const SessionSettings& settings) {
    bgp::Open open;
    open.as = settings.as;
    open.hold_time = settings.hold_time;
    open.router_id = settings.router_id;
    open.capabilities.multiprotocol = true;
    open.capabilities.families = {settings.family};
    open.capabilities.route_refresh = true;
    open.capabilities.four_octet_as = settings.as;
    open.capabilities.graceful_restart = settings.graceful_restart;
    return open;
}

}  // namespace

Session::Session(Poller& poller, SessionSettings settings, ReceivedTable received)
    : poller_(poller), settings_(std::move(settings)), received_(std::move(received)) {}

Session::~Session() {
    close();
}

Result<void> Session::dial() {
    auto socket = dial_from(settings_.local, settings_.device);
    if (!socket) return unexpected(socket.error());
    fd_ = *socket;
    state_ = State::connecting;
    wants_to_write_ = true;
    cursor_ = limit_ = 0;
    problem_.clear();
    end_of_rib_at_.reset();
    poller_.add(fd_, *this, true);
    return {};
}

void Session::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void Session::close() {
    if (fd_ < 0) return;
    poller_.remove(fd_, *this);
    ::close(std::exchange(fd_, -1));
    state_ = State::idle;
    partial_.clear();
    control_.clear();
    endless_ = false;
    received_.clear();
}

void Session::lose(std::string problem) {
    if (!silent_ && !awaiting_return_) problem_ = std::move(problem);
    close();
}

void Session::send_all() {
    cursor_ = 0;
    limit_ = stream_.octets().size();
    write();
}

void Session::send_more(std::size_t messages) {
    if (sent_all()) next_round();
    const Bytes octets = stream_.octets();
    limit_ = std::max(limit_, cursor_);
    for (; messages != 0 && limit_ < octets.size(); --messages) {
        limit_ = stream_.boundary(limit_ + 1);
    }
    write();
}

void Session::send_endlessly() {
    // What waits in our socket is not in the device: it should not count as the device's backlog.
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &kStormBuffer, sizeof kStormBuffer);
    endless_ = true;
    next_round();
    limit_ = stream_.octets().size();
    write();
}

void Session::finish() {
    endless_ = false;
    limit_ = stream_.octets().size();
    write();
}

void Session::next_round() {
    stream_.set_version(++version_);
    cursor_ = limit_ = 0;
}

void Session::fall_silent() {
    queue(bgp::encode(bgp::Keepalive{}));
    silent_ = true;
}

void Session::await_return() {
    awaiting_return_ = true;
}

void Session::keep_alive(TimePoint time) {
    if (!established() || silent_ || time - last_sent_ < settings_.hold_time / 3) return;
    queue(bgp::encode(bgp::Keepalive{}));
}

void Session::ready(bool readable, bool writable) {
    if (state_ == State::connecting) return connected();
    if (readable) read();
    if (writable && fd_ >= 0) write();
}

void Session::connected() {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return lose(std::strerror(error));
    state_ = State::open_sent;
    last_heard_ = now();
    queue(bgp::encode(open_of(settings_)));
}

void Session::read() {
    // One buffer for all: a thousand of their own would not fit the cache.
    static std::array<std::uint8_t, bgp::kExtendedSizeMax + kReadSize> buffer;
    std::ranges::copy(partial_, buffer.begin());
    const ssize_t size = ::recv(fd_, buffer.data() + partial_.size(), kReadSize, 0);
    if (size < 0 && would_block()) return;
    if (size <= 0) return lose(size == 0 ? "closed by the device" : std::strerror(errno));
    const TimePoint time = now();
    longest_silence_ = std::max(longest_silence_, time - last_heard_);
    last_heard_ = time;
    const Bytes octets = Bytes(buffer).first(partial_.size() + static_cast<std::size_t>(size));
    const std::size_t taken = take(octets);
    if (fd_ < 0) return;
    const Bytes rest = octets.subspan(taken);
    partial_.assign(rest.begin(), rest.end());
}

std::size_t Session::take(Bytes octets) {
    std::size_t taken = 0;
    while (true) {
        const auto frame = bgp::next_frame(octets.subspan(taken), bgp::kMessageSizeMax);
        if (!frame) {
            lose("bad header: " + bgp::text(frame.error()));
            return taken;
        }
        if (!*frame) return taken;
        taken += (*frame)->size();
        if (!handle(**frame)) return taken;
    }
}

bool Session::handle(Bytes frame) {
    const auto type = static_cast<bgp::MessageType>(frame[bgp::kHeaderSize - 1]);
    switch (type) {
        case bgp::MessageType::update: return handle_update(frame);
        case bgp::MessageType::open:
            state_ = State::open_confirm;
            queue(bgp::encode(bgp::Keepalive{}));
            return fd_ >= 0;
        case bgp::MessageType::keepalive:
            if (state_ != State::open_confirm) return true;
            state_ = State::established;
            established_at_ = now();
            if (std::exchange(awaiting_return_, false)) send_all();
            return fd_ >= 0;
        case bgp::MessageType::route_refresh: return true;
        case bgp::MessageType::notification: break;
    }
    const auto message = bgp::decode(frame, {});
    const auto* notification = message ? std::get_if<bgp::Notification>(&*message) : nullptr;
    lose(notification != nullptr ? bgp::text(*notification) : "a message nobody knows");
    return false;
}

bool Session::handle_update(Bytes frame) {
    ++updates_;
    const auto view = view_update(frame.subspan(bgp::kHeaderSize));
    if (!view || !received_.apply(*view)) {
        lose("an UPDATE that is malformed or has a prefix of nobody");
        return false;
    }
    if (view->end_of_rib && !end_of_rib_at_) end_of_rib_at_ = now();
    return true;
}

void Session::queue(const std::vector<std::uint8_t>& message) {
    control_.insert(control_.end(), message.begin(), message.end());
    write();
}

// KEEPALIVE and OPEN go before the stream, but not into the middle of a message.
Bytes Session::next_chunk() {
    const std::size_t boundary = stream_.boundary(cursor_);
    if (!control_.empty() && boundary == cursor_) return control_;
    if (!established()) return {};
    const std::size_t end = control_.empty() ? std::min(limit_, cursor_ + kWriteSize) : boundary;
    return stream_.octets().subspan(cursor_, end - cursor_);
}

void Session::write() {
    if (fd_ < 0 || state_ == State::connecting) return;
    std::size_t budget = kWriteSize;  // then the others get their turn
    while (true) {
        if (endless_ && sent_all()) {
            next_round();
            limit_ = stream_.octets().size();
        }
        const Bytes chunk = next_chunk();
        if (chunk.empty() || budget == 0) return want_to_write(!chunk.empty());
        const ssize_t size = ::send(fd_, chunk.data(), chunk.size(), MSG_NOSIGNAL);
        if (size < 0 && would_block()) return want_to_write(true);
        if (size < 0) return lose(std::strerror(errno));
        const auto sent = static_cast<std::size_t>(size);
        last_sent_ = now();
        budget -= std::min(budget, sent);
        if (chunk.data() == control_.data()) {
            control_.erase(control_.begin(), control_.begin() + size);
        } else {
            cursor_ += sent;
        }
    }
}

void Session::want_to_write(bool wanted) {
    if (std::exchange(wants_to_write_, wanted) == wanted) return;
    poller_.change(fd_, *this, wanted);
}

Duration Session::longest_silence(TimePoint time) const {
    return std::max(longest_silence_, time - last_heard_);
}

void Session::forget_silence(TimePoint time) {
    longest_silence_ = Duration{0};
    last_heard_ = time;
}

}  // namespace torii::bench
