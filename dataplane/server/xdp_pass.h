#pragma once

#include "platform/base/result.h"

#include <cstdint>
#include <utility>

namespace torii::dataplane {

// An XDP program on a kernel interface that lets everything pass. With one the kernel hands single
// packets to the interface: the other end of a veth pair, which otherwise would send 64 KiB of TCP
// at once for "its hardware" to segment, does it itself. Goes with the object or the process.
class XdpPass {
public:
    static Result<XdpPass> attach(std::uint32_t link_index);

    XdpPass() = default;
    XdpPass(XdpPass&& other) noexcept : link_(std::exchange(other.link_, -1)) {}
    XdpPass& operator=(XdpPass&& other) noexcept;
    XdpPass(const XdpPass&) = delete;
    XdpPass& operator=(const XdpPass&) = delete;
    ~XdpPass();

private:
    explicit XdpPass(int link) : link_(link) {}

    int link_ = -1;
};

}  // namespace torii::dataplane
