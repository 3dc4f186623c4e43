#pragma once

#include "dataplane/server/config.h"
#include "dataplane/server/xdp_pass.h"
#include "platform/base/result.h"
#include "platform/linux/netlink_request.h"

#include <memory>
#include <string>

namespace torii::dataplane {

// A kernel interface that is taken over as a port: up, with the port's MTU, without IPv6 of its own
// and without receive offloads that glue packets together. With driver `kernel`, where every packet
// reaches the kernel's stack too, a drop rule keeps that from answering. Ends with the object.
class HostDevice {
public:
    static Result<std::unique_ptr<HostDevice>> take(const PortSpec& port,
                                                    netlink::Requests& requests);
    HostDevice(const HostDevice&) = delete;
    HostDevice& operator=(const HostDevice&) = delete;
    ~HostDevice();

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    HostDevice(std::string name, bool guarded) : name_(std::move(name)), guarded_(guarded) {}

    std::string name_;
    bool guarded_;            // there is a drop rule
    XdpPass single_packets_;  // driver kernel
};

}  // namespace torii::dataplane
