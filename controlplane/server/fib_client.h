#pragma once

#include "controlplane/routing/fib_export.h"
#include "platform/ipc/client.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <platform/ipc/proto/dataplane.pb.h>
#include <set>
#include <string>

namespace torii::controlplane {

// The conversation with the packet engine: takes over its ids, follows its ports, sends what
// FibExport has for it, and everything again when it was away or refused a batch.
class FibClient {
public:
    using PortNames = std::set<std::string>;

    // `links_down` hears of the ports without a link whenever the engine tells about its ports.
    // While it is away what it said last holds.
    FibClient(EventLoop& loop, const std::string& path, routing::FibExport& fib,
              std::function<void(PortNames)> links_down);

    void start() { client_.start(); }
    // There may be something to send.
    void pump();
    [[nodiscard]] bool connected() const { return client_.connected(); }

private:
    using Client = ipc::Client<ipc::DataplaneRequest, ipc::DataplaneReply>;

    void up();
    void down();
    void subscribe();
    void ports(const ipc::PortStatusList& list);
    void sent(std::uint64_t version, const Result<ipc::DataplaneReply>& reply);
    void sync();

    EventLoop& loop_;
    routing::FibExport& fib_;
    std::function<void(PortNames)> links_down_;
    bool adopted_ = false;
    bool synchronized_ = false;  // since the connection is up
    Timer resync_;
    Client client_;
};

}  // namespace torii::controlplane
