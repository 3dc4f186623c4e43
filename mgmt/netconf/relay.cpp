#include "mgmt/netconf/relay.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace torii::netconf {
namespace {

// So much is read while an answer is awaited; the rest waits with the client.
constexpr std::size_t kReadAhead = std::size_t{64} * 1024;

}  // namespace

Relay::~Relay() {
    if (connection_) connection_->close();
}

void Relay::start(const std::string& socket) {
    ipc::connect_frames(loop_, socket, [this, socket](ipc::FrameConnectionPtr connection) {
        connected(std::move(connection), socket);
    });
}

void Relay::connected(ipc::FrameConnectionPtr connection, const std::string& socket) {
    if (!connection) {
        return end(fmt::format(
            "cannot reach {}: is torii-mgmtd running, and may you use its socket?", socket));
    }
    connection_ = std::move(connection);
    connection_->start([this](const std::string& frame) { received(frame); },
                       [this] { end("torii-mgmtd went away"); });
    ipc::MgmtRequest request;
    request.mutable_open()->set_through("netconf");
    request.mutable_open()->set_from(from_);
    ask(std::move(request));
    watch_input();
}

void Relay::watch_input() {
    input_ = loop_.watch_readable(ends_.input, [this] { read_input(); });
    reading_ = true;
}

void Relay::stop_reading() {
    input_.reset();
    reading_ = false;
}

void Relay::read_input() {
    std::array<char, kReadAhead> buffer{};
    const ssize_t got = ::read(ends_.input, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        // What it has asked for is still answered.
        input_over_ = true;
        stop_reading();
    } else {
        reader_.append({buffer.data(), static_cast<std::size_t>(got)});
    }
    if (!waiting_) return send_next();
    if (reader_.buffered() >= kReadAhead) stop_reading();
}

void Relay::send_next() {
    auto message = reader_.next();
    // RFC 6242 section 4.2: what cannot be parted ends the session.
    if (!message) return end(message.error().message);
    if (!*message) {
        if (input_over_) return end("");
        if (!reading_) watch_input();
        return;
    }
    ipc::MgmtRequest request;
    request.mutable_netconf_message()->set_text(std::move(**message));
    ask(std::move(request));
}

void Relay::ask(ipc::MgmtRequest request) {
    request.set_id(++last_id_);
    waiting_ = true;
    connection_->send(request.SerializeAsString());
}

void Relay::received(const std::string& frame) {
    ipc::MgmtReply reply;
    if (!reply.ParseFromString(frame)) return end("torii-mgmtd is of another release");
    if (!reply.error().empty()) return end(reply.error());
    const bool answer = reply.id() != 0;
    answered(reply.netconf());
    if (!answer || !ended_) return;
    waiting_ = false;
    send_next();
}

void Relay::answered(const ipc::NetconfOutput& output) {
    if (!output.text().empty() && !write(framed(output.text(), framing_))) return;
    if (output.ended()) return end(output.reason());
    if (!output.chunked()) return;
    framing_ = Framing::chunked;
    reader_.switch_to(Framing::chunked);
}

// Waits as long as the client does not read: it gets nothing done meanwhile either.
bool Relay::write(const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t sent = ::write(ends_.output, rest.data(), rest.size());
        if (sent >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            pollfd wanted{ends_.output, POLLOUT, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            end("");
            return false;
        }
    }
    return true;
}

void Relay::end(std::string reason) {
    input_.reset();
    if (connection_) connection_->close();
    if (const auto ended = std::exchange(ended_, nullptr)) ended(std::move(reason));
}

}  // namespace torii::netconf
