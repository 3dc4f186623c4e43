#pragma once

#include "dataplane/server/config.h"
#include "dataplane/server/xdp_pass.h"
#include "platform/base/result.h"
#include "platform/linux/netlink_request.h"

#include <cstdint>
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
    // Of the interface that was taken: another one of its name is another device.
    [[nodiscard]] std::uint32_t ifindex() const { return ifindex_; }

private:
    HostDevice(std::string name, std::uint32_t ifindex, bool guarded)
        : name_(std::move(name)), ifindex_(ifindex), guarded_(guarded) {}

    std::string name_;
    std::uint32_t ifindex_;
    bool guarded_;            // there is a drop rule
    XdpPass single_packets_;  // driver kernel
};

}  // namespace torii::dataplane
