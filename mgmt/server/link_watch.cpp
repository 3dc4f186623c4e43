#include "mgmt/server/link_watch.h"

#include <utility>

namespace torii::mgmt {

void LinkWatch::begin() {
    ipc::DataplaneRequest request;
    request.mutable_subscribe_ports();
    dataplane_.ask(std::move(request), [this](const Result<ipc::DataplaneReply>& reply) {
        if (reply) take(reply->ports());
    });
}

void LinkWatch::take(const ipc::PortStatusList& ports) {
    std::map<std::string, bool> now;
    for (const ipc::PortStatus& port : ports.ports()) now[port.name()] = port.link_up();
    const auto before = std::exchange(links_, std::move(now));
    for (const auto& [port, up] : links_) {
        const auto known = before.find(port);
        if (known != before.end() && known->second != up) changed_(port, up);
    }
}

}  // namespace torii::mgmt
