#pragma once

#include "platform/base/mac_address.h"
#include "platform/base/result.h"

#include <string>

namespace torii::bench {

// A packet socket on an interface of a network namespace, which ip-netns(8) knows by its name.
class PacketSocket {
public:
    // It receives nothing.
    [[nodiscard]] static Result<PacketSocket> for_sending(const std::string& network_namespace,
                                                          const std::string& interface);
    // It receives IPv4 and UDP to kFlowPort, with the kernel's times.
    [[nodiscard]] static Result<PacketSocket> for_receiving(const std::string& network_namespace,
                                                            const std::string& interface);
    PacketSocket(PacketSocket&& other) noexcept;
    PacketSocket& operator=(PacketSocket&& other) = delete;
    ~PacketSocket();

    [[nodiscard]] int descriptor() const { return descriptor_; }
    // Of the interface.
    [[nodiscard]] const MacAddress& mac() const { return mac_; }

private:
    explicit PacketSocket(int descriptor) : descriptor_(descriptor) {}
    [[nodiscard]] static Result<PacketSocket> open(const std::string& network_namespace,
                                                   const std::string& interface, bool receives);

    int descriptor_;
    MacAddress mac_;
};

}  // namespace torii::bench
