#pragma once

#include "platform/base/result.h"
#include "platform/machine/inventory.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace torii::machine {

// Writes a file of sysfs; something else in tests.
using WriteFile = std::function<Result<void>(const std::string& file, const std::string& text)>;
[[nodiscard]] Result<void> write_file(const std::string& file, const std::string& text);

// Gives the devices of the PCI bus to drivers, and hugepages to whoever wants them. Sysfs changes
// while it is written to, so everything is read back.
class Hardware {
public:
    explicit Hardware(Roots roots, WriteFile write = write_file)
        : roots_(std::move(roots)), write_(std::move(write)) {}

    // Gives a device to `driver` and no other; when that does not take it, to the one before.
    Result<void> bind(const std::string& address, std::string_view driver);
    // To `driver`, as the kernel itself would have chosen; empty: to whichever wants it.
    Result<void> give_back(const std::string& address, const std::string& driver);
    // Reserves as much in all, in MiB, unless there is more already. Returns what there is then:
    // memory may be too fragmented.
    Result<std::uint64_t> reserve_hugepages(std::uint64_t mib);

    [[nodiscard]] const Roots& roots() const { return roots_; }

private:
    [[nodiscard]] std::string driver_of(const std::string& address) const;
    Result<void> change(const std::string& address, const std::string& override);

    Roots roots_;
    WriteFile write_;
};

}  // namespace torii::machine
