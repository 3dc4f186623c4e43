#pragma once

#include "mgmt/netconf/framing.h"
#include "platform/ipc/frame_endpoint.h"
#include "platform/runtime/event_loop.h"

#include <deque>
#include <functional>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::netconf {

// One NETCONF session: carries messages between the client behind two descriptors and
// torii-mgmtd, who knows what they mean. The next message goes to torii-mgmtd when the one before
// is answered, so that answers keep their order and a client that floods waits.
class Relay {
public:
    struct Ends {
        int input = 0;
        int output = 1;
    };
    // `ended` comes once. Its text is empty when the session ended as it should.
    Relay(EventLoop& loop, Ends ends, std::string from, std::function<void(std::string)> ended)
        : loop_(loop), ends_(ends), from_(std::move(from)), ended_(std::move(ended)) {}
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    ~Relay();

    void start(const std::string& socket);

private:
    void connected(ipc::FrameConnectionPtr connection, const std::string& socket);
    void watch_input();
    void stop_reading();
    void read_input();
    void send_next();
    void ask(ipc::MgmtRequest request);
    void received(const std::string& frame);
    void answered(const ipc::NetconfOutput& output);
    bool write(const std::string& text);
    void end(std::string reason);

    EventLoop& loop_;
    Ends ends_;
    std::string from_;
    std::function<void(std::string)> ended_;
    ipc::FrameConnectionPtr connection_;
    MessageReader reader_;
    Framing framing_ = Framing::end_of_message;
    Timer input_;
    std::uint64_t last_id_ = 0;
    bool waiting_ = false;  // for an answer
    bool reading_ = false;
    bool input_over_ = false;  // the client says no more
};

}  // namespace torii::netconf
