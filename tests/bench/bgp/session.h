#pragma once

#include "controlplane/bgp/message.h"
#include "tests/bench/bgp/poller.h"
#include "tests/bench/bgp/received_table.h"
#include "tests/bench/bgp/stream.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace torii::bench {

struct SessionSettings {
    IpAddress local;
    IpAddress device;
    bgp::Asn as;
    bgp::RouterId router_id;
    bgp::Family family = bgp::Family::ipv4_unicast;
    Seconds hold_time{90};
    // Some devices send End-of-RIB only to peers that name the capability (RFC 4724 section 3).
    std::optional<bgp::GracefulRestartCapability> graceful_restart;
};

// One BGP session that dials the device, sends a stream and counts what it gets.
class Session : public Pollable {
public:
    enum class State : std::uint8_t { idle, connecting, open_sent, open_confirm, established };

    Session(Poller& poller, SessionSettings settings, ReceivedTable received);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() override;

    [[nodiscard]] Result<void> dial();
    // As if the node had died: RST.
    void reset();
    // The stream to send; it is left to the caller how much of it, with one of the following.
    void set_stream(Stream stream) { stream_ = std::move(stream); }
    [[nodiscard]] const Stream& stream() const { return stream_; }
    // All of it, from the start.
    void send_all();
    // The next `messages`, with new versions at each new start.
    void send_more(std::size_t messages);
    // Over and over, each time as another version, until finish().
    void send_endlessly();
    // The round at hand is the last one.
    void finish();
    // The version of the round at hand.
    [[nodiscard]] Version version() const { return version_; }
    [[nodiscard]] bool sent_all() const { return cursor_ == stream_.octets().size(); }

    // As if the node hung: a last KEEPALIVE, then nothing more. That the device ends the session
    // then is no problem.
    void fall_silent();
    // The device is about to die: the end of the session is no problem, and once it is established
    // again everything is sent, as a node does.
    void await_return();

    void keep_alive(TimePoint time);

    void ready(bool readable, bool writable) override;

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool established() const { return state_ == State::established; }
    // Why the session ended unexpectedly; empty: it did not.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] ReceivedTable& received() { return received_; }
    [[nodiscard]] std::uint64_t updates() const { return updates_; }
    [[nodiscard]] TimePoint established_at() const { return established_at_; }
    [[nodiscard]] std::optional<TimePoint> end_of_rib_at() const { return end_of_rib_at_; }
    [[nodiscard]] TimePoint last_heard() const { return last_heard_; }
    // The longest time without anything from the device, up to `time`, since forget_silence().
    [[nodiscard]] Duration longest_silence(TimePoint time) const;
    void forget_silence(TimePoint time);

private:
    void connected();
    void read();
    // How many octets were whole messages.
    std::size_t take(Bytes octets);
    bool handle(Bytes frame);
    bool handle_update(Bytes frame);
    void write();
    [[nodiscard]] Bytes next_chunk();
    void next_round();
    void queue(const std::vector<std::uint8_t>& message);
    void want_to_write(bool wanted);
    void lose(std::string problem);
    void close();

    Poller& poller_;
    SessionSettings settings_;
    ReceivedTable received_;
    State state_ = State::idle;
    int fd_ = -1;
    bool wants_to_write_ = false;
    std::vector<std::uint8_t> partial_;  // a message that has not arrived completely
    std::vector<std::uint8_t> control_;  // goes out before the rest of the stream
    Stream stream_;
    std::size_t cursor_ = 0;  // octets of the stream that are sent
    std::size_t limit_ = 0;   // octets of the stream that may be sent
    bool endless_ = false;
    bool silent_ = false;
    bool awaiting_return_ = false;
    Version version_ = 1;
    std::string problem_;
    std::uint64_t updates_ = 0;
    TimePoint established_at_;
    std::optional<TimePoint> end_of_rib_at_;
    TimePoint last_heard_;
    TimePoint last_sent_;
    Duration longest_silence_{0};
};

}  // namespace torii::bench
