#pragma once

#include "controlplane/routing/fib_export.h"
#include "platform/ipc/client.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <platform/ipc/proto/dataplane.pb.h>
#include <set>
#include <string>
#include <utility>

namespace torii::controlplane {

// The conversation with the packet engine: takes over its ids, follows its ports, sends what
// FibExport has for it, and everything again when it was away or refused a batch.
class FibClient {
public:
    using PortNames = std::set<std::string>;

    struct Events {
        // The ports without a link, whenever the engine tells about its ports. While it is away
        // what it said last holds.
        std::function<void(PortNames)> links_down;
        std::function<void()> up;
        std::function<void()> down;
        std::function<void(const ipc::BfdSessionStates&)> bfd;
        // Why the engine did not take the routes, each time; empty: it has taken all of them again.
        std::function<void(const std::string&)> refused;
    };

    FibClient(EventLoop& loop, const std::string& path, routing::FibExport& fib, Events events);

    void start() { client_.start(); }
    // There may be something to send.
    void pump();
    [[nodiscard]] bool connected() const { return client_.connected(); }
    // For others who have something to say to the engine, while it is connected.
    void call(ipc::DataplaneRequest request,
              std::function<void(const Result<ipc::DataplaneReply>&)> done) {
        client_.call(std::move(request), std::move(done));
    }

private:
    using Client = ipc::Client<ipc::DataplaneRequest, ipc::DataplaneReply>;

    void up();
    void down();
    void subscribe();
    void ports(const ipc::PortStatusList& list);
    // `whole`: with this the engine has all routes.
    void sent(std::uint64_t version, bool whole, const Result<ipc::DataplaneReply>& reply);
    void sync();

    EventLoop& loop_;
    routing::FibExport& fib_;
    Events events_;
    bool adopted_ = false;
    bool refused_ = false;
    bool synchronized_ = false;  // since the connection is up
    Timer resync_;
    Client client_;
};

}  // namespace torii::controlplane
