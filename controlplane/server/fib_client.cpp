#include "controlplane/server/fib_client.h"

#include "controlplane/server/fib_messages.h"
#include "platform/base/log.h"

#include <chrono>
#include <set>
#include <utility>

namespace torii::controlplane {
namespace {

constexpr Log kLog("fib");
constexpr auto kResyncDelay = std::chrono::seconds(1);

}  // namespace

FibClient::FibClient(EventLoop& loop, const std::string& path, routing::FibExport& fib,
                     Events events)
    : loop_(loop),
      fib_(fib),
      events_(std::move(events)),
      client_(loop, path,
              {[this] { up(); }, [this] { down(); },
               [this](const ipc::DataplaneReply& event) {
                   if (event.has_ports()) ports(event.ports());
                   if (event.has_bfd_sessions()) events_.bfd(event.bfd_sessions());
               }}) {}

void FibClient::up() {
    kLog.info("dataplane connected");
    events_.up();
    if (std::exchange(adopted_, true)) return subscribe();
    ipc::DataplaneRequest request;
    request.mutable_get_groups();
    client_.call(std::move(request), [this](const Result<ipc::DataplaneReply>& reply) {
        if (!reply) {
            kLog.warning("no groups taken over: {}", reply.error().message);
        } else if (auto done = adopt(reply->groups(), fib_.groups()); !done) {
            kLog.warning("no groups taken over: {}", done.error().message);
        } else {
            kLog.info("groups taken over: {}", reply->groups().groups_size());
        }
        if (client_.connected()) subscribe();
    });
}

void FibClient::down() {
    kLog.warning("dataplane gone");
    synchronized_ = false;
    resync_.reset();
    fib_.stop();
    events_.down();
}

void FibClient::subscribe() {
    ipc::DataplaneRequest request;
    request.mutable_subscribe_ports();
    client_.call(std::move(request), [this](const Result<ipc::DataplaneReply>& reply) {
        if (reply) return ports(reply->ports());
        kLog.error("ports: {}", reply.error().message);
    });
}

void FibClient::ports(const ipc::PortStatusList& list) {
    PortNames names;
    PortNames down;
    for (const ipc::PortStatus& port : list.ports()) {
        names.insert(port.name());
        if (!port.link_up()) down.insert(port.name());
    }
    // An engine without ports is still being configured: nothing could be forwarded anyway.
    if (names.empty()) return;
    events_.links_down(std::move(down));
    const bool changed = fib_.set_ports(std::move(names));
    if (changed || !synchronized_) sync();
}

void FibClient::sync() {
    synchronized_ = true;
    resync_.reset();
    kLog.info("sync begins");
    fib_.start_sync();
    pump();
}

void FibClient::pump() {
    if (!client_.connected()) return;
    while (const auto batch = fib_.next()) {
        ipc::DataplaneRequest request;
        *request.mutable_fib_update() = to_proto(*batch);
        if (batch->end_sync) kLog.info("sync ends version={}", batch->version);
        client_.call(std::move(request), [this, version = batch->version, whole = batch->end_sync](
                                             const Result<ipc::DataplaneReply>& reply) {
            sent(version, whole, reply);
        });
    }
}

void FibClient::sent(std::uint64_t version, bool whole, const Result<ipc::DataplaneReply>& reply) {
    if (reply) {
        fib_.acknowledge(version);
        if (whole && std::exchange(refused_, false)) events_.refused("");
        return pump();
    }
    // Refused, or the connection is gone: then down() follows and stops this.
    kLog.error("update version={}: {}", version, reply.error().message);
    if (client_.connected()) {
        refused_ = true;
        events_.refused(reply.error().message);
    }
    fib_.stop();
    resync_ = loop_.after(kResyncDelay, [this] { sync(); });
}

}  // namespace torii::controlplane
