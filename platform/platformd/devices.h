#pragma once

#include "platform/base/result.h"
#include "platform/machine/binding.h"
#include "platform/machine/drivers.h"

#include <functional>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace torii::platformd {

// A card that the packet engine has.
struct TakenDevice {
    machine::Way way = machine::Way::vfio;
    std::string first_driver;  // the kernel's, before us
    std::string mac;           // as the kernel told it then
};

// Who wants devices: of a process that ended, everything may be given back.
struct Holder {
    pid_t process = 0;
    uid_t user = 0;
};

// Which cards the packet engine has, and on which way. What was changed is remembered by whoever
// keeps taken() and hands it in again with resume().
class Devices {
public:
    // `addresses` tells those of the kernel's interfaces.
    Devices(machine::Hardware& hardware, std::function<machine::Addresses()> addresses)
        : hardware_(hardware), addresses_(std::move(addresses)) {}

    // Binds all of `wanted` (PCI addresses) and gives back what else there is; an error names the
    // device, every way with what is against it, and changes nothing.
    Result<void> take(const std::vector<std::string>& wanted, const Holder& holder);
    [[nodiscard]] Result<void> check(const std::vector<std::string>& wanted) const;
    // All of them to the kernel, unless their holder lives.
    Result<void> give_back_all();
    // After a restart of this process.
    void resume(std::map<std::string, TakenDevice> taken, const Holder& holder);

    [[nodiscard]] const std::map<std::string, TakenDevice>& taken() const { return taken_; }
    [[nodiscard]] bool has_way(machine::Way way) const;
    [[nodiscard]] const Holder& holder() const { return holder_; }
    // Why a device is never taken; empty: it may be, or is.
    [[nodiscard]] std::string reservation(const machine::NetworkDevice& device,
                                          const machine::Inventory& inventory) const;

private:
    [[nodiscard]] Result<machine::Way> way_of(const std::string& address,
                                              const machine::Inventory& inventory) const;
    Result<void> bind(const std::string& address, machine::Way way);
    Result<void> hand_over(const std::string& address) const;
    // By value: it may be the key that goes.
    Result<void> give_back(std::string address);

    machine::Hardware& hardware_;
    std::function<machine::Addresses()> addresses_;
    std::map<std::string, TakenDevice> taken_;
    Holder holder_;
};

}  // namespace torii::platformd
