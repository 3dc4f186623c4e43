#pragma once

#include "platform/base/clock.h"
#include "platform/bfd/packet.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace torii::bfd {

// What a profile says. The defaults are FRR's.
struct Parameters {
    Duration transmit_interval = std::chrono::milliseconds(300);
    Duration receive_interval = std::chrono::milliseconds(300);
    std::uint8_t detect_multiplier = 3;
    bool passive = false;  // says nothing before the peer does
    friend bool operator==(const Parameters&, const Parameters&) = default;
};

// What the peer said last.
struct RemoteFacts {
    std::uint32_t discriminator = 0;  // 0: it has not said anything, or not for long
    State state = State::down;
    Diagnostic diagnostic = Diagnostic::none;
    std::uint8_t detect_multiplier = 0;
    Duration transmit_interval{0};
    Duration receive_interval = std::chrono::microseconds(1);
    Duration echo_interval{0};
    bool control_plane_independent = false;
};

struct SessionCounters {
    std::uint64_t received = 0;  // control packets
    std::uint64_t sent = 0;
    std::uint32_t ups = 0;
    std::uint32_t downs = 0;
};

// One session in asynchronous mode (RFC 5880 section 6.8), without echo and authentication.
class Session {
public:
    struct Calls {
        std::function<void(const ControlPacket&)> send;
        std::function<void()> state_changed;
        // Between 0 and 1, evenly: spreads the packets of many sessions (section 6.8.7).
        std::function<double()> random;
    };

    // `independent`: our forwarding survives our control plane, and this session with it.
    Session(Scheduler& scheduler, std::uint32_t discriminator, const Parameters& parameters,
            bool independent, Calls calls);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // A packet that is this session's: with its discriminator, or with none from its peer.
    void receive(const ControlPacket& packet);
    // Takes effect without a flap (section 6.8.3).
    void set_parameters(const Parameters& parameters);
    // Tells the peer that nothing is wrong, and stops (section 6.8.16).
    void close();

    [[nodiscard]] std::uint32_t discriminator() const { return discriminator_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] TimePoint since() const { return since_; }
    [[nodiscard]] Diagnostic diagnostic() const { return diagnostic_; }
    // It was Up, and is not any more, for another reason than that somebody wanted it so: what
    // depends on the peer has to do without it (RFC 5882 section 3.2).
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] const Parameters& parameters() const { return parameters_; }
    [[nodiscard]] const RemoteFacts& remote() const { return remote_; }
    [[nodiscard]] const SessionCounters& counters() const { return counters_; }
    // What is in effect; the intervals without jitter. 0: nothing is sent, or expected.
    [[nodiscard]] Duration transmit_interval() const;
    [[nodiscard]] Duration detection_time() const;

private:
    [[nodiscard]] Duration desired_transmit_interval() const;
    [[nodiscard]] bool may_send() const;
    void advertise(bool poll);
    void change(State state, Diagnostic diagnostic);
    void follow(State remote);
    void send(bool final);
    void send_now();
    void schedule_send();
    void expect();
    void expired();

    Scheduler& scheduler_;
    std::uint32_t discriminator_;
    Parameters parameters_;
    bool independent_;
    Calls calls_;
    State state_ = State::down;
    TimePoint since_;
    Diagnostic diagnostic_ = Diagnostic::none;
    bool failed_ = false;
    bool closed_ = false;
    RemoteFacts remote_;
    SessionCounters counters_;
    // Until the peer has confirmed others (section 6.8.3).
    Duration transmit_in_effect_;
    Duration receive_in_effect_;
    bool polling_ = false;
    std::optional<TimePoint> last_sent_;
    Timer send_timer_;
    Timer detection_;
};

}  // namespace torii::bfd
