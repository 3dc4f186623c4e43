#pragma once

#include "platform/base/result.h"

#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace torii::platformd {

// Kinds of ports for which the packet engine needs rights. It has none without them.
struct PortKinds {
    bool uio = false;     // cards without an IOMMU
    bool packet = false;  // kernel interfaces by AF_PACKET
    bool xdp = false;     // by AF_XDP

    friend bool operator==(const PortKinds&, const PortKinds&) = default;
};

// As capabilities(7) has them, "CAP_NET_RAW"; in order.
[[nodiscard]] std::vector<std::string> capabilities_for(const PortKinds& kinds);
// What is added to the packet engine's service so that it has these, systemd.exec(5). Empty:
// nothing.
[[nodiscard]] std::string service_settings(const PortKinds& kinds);

// The file with that. The service has been told of it by the packages; a process that runs keeps
// the rights it was started with.
class ServiceRights {
public:
    // `reload` has the service manager read the file. Without a `file` nobody but whoever started
    // the packet engine sees to its rights.
    ServiceRights(std::string file, std::string proc, std::function<Result<void>()> reload)
        : file_(std::move(file)), proc_(std::move(proc)), reload_(std::move(reload)) {}

    // Returns whether `process` lacks what its next one will have.
    Result<bool> grant(const PortKinds& kinds, pid_t process);

private:
    [[nodiscard]] std::vector<std::string> missing(const PortKinds& kinds, pid_t process) const;

    std::string file_;
    std::string proc_;
    std::function<Result<void>()> reload_;
    pid_t told_ = 0;         // to whom it was said that the next one has them
    bool reloaded_ = false;  // the manager knows what the file says
};

}  // namespace torii::platformd
