#pragma once

#include "platform/base/mac_address.h"
#include "platform/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>

namespace torii {

// A TAP device of this network namespace: what is written to it the kernel receives, what the
// kernel sends on it is read from it. The device is persistent: when the process dies it stays,
// with its addresses and the sockets bound to them, and the next process takes it up again.
class Tap {
public:
    // Opens `name`. Frames have no header of their own. One that is not there is made with this MAC
    // before it has its name: whoever waits for the name may set it up at once, and the kernel
    // makes link-local addresses of the MAC that a link has then.
    static Result<Tap> open(const std::string& name, const MacAddress& mac = {});
    // Who may open it without rights of his own.
    Result<void> set_owner(uid_t user);
    // Ends the device's existence, not only this handle.
    Result<void> remove();

    Tap(Tap&& other) noexcept;
    Tap& operator=(Tap&& other) noexcept;
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;
    ~Tap();

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint32_t ifindex() const;

    // As a cable: with `on` false the kernel sees NO-CARRIER.
    Result<void> set_carrier(bool on);

    // One frame; 0 when none waits. Neither call blocks.
    std::size_t read(std::span<std::uint8_t> buffer);
    // False when the kernel did not take it.
    bool write(std::span<const std::uint8_t> frame);

private:
    Tap(int descriptor, std::string name);
    Result<void> attach(const std::string& name);
    Result<void> rename(const std::string& name);
    Result<void> set_mac(const MacAddress& mac);
    int descriptor_ = -1;
    std::string name_;
};

}  // namespace torii
