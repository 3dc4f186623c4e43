#include "platform/machine/drivers.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace torii::machine {
namespace {

// Of driver_override: no driver in particular. Documentation/ABI/testing/sysfs-bus-pci
constexpr const char* kNoOverride = "\n";

}  // namespace

// In one call: each is a request of its own to the kernel, whose answer is the call's.
Result<void> write_file(const std::string& file, const std::string& text) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return fail("cannot open {}: {}", file, std::strerror(errno));
    const bool written =
        ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int reason = errno;
    ::close(descriptor);
    if (!written) return fail("cannot write to {}: {}", file, std::strerror(reason));
    return {};
}

std::string Hardware::driver_of(const std::string& address) const {
    return link_target(roots_.sys + "/bus/pci/devices/" + address + "/driver");
}

Result<void> Hardware::change(const std::string& address, const std::string& override) {
    const std::string device = roots_.sys + "/bus/pci/devices/" + address;
    if (const auto done = write_(device + "/driver_override", override); !done) return done;
    if (!driver_of(address).empty()) {
        if (const auto done = write_(device + "/driver/unbind", address); !done) return done;
    }
    return write_(roots_.sys + "/bus/pci/drivers_probe", address);
}

Result<void> Hardware::bind(const std::string& address, std::string_view driver) {
    const std::string before = driver_of(address);
    if (before == driver) return {};
    const Result<void> changed = change(address, std::string(driver));
    if (changed && driver_of(address) == driver) return {};
    // A device without a driver is of use to nobody.
    const Result<void> back = give_back(address, before);
    return fail("{} does not take {}: {}{}", driver, address,
                changed ? "see the kernel's log" : changed.error().message,
                back ? "" : "; " + back.error().message);
}

Result<void> Hardware::give_back(const std::string& address, const std::string& driver) {
    if (const auto changed = change(address, kNoOverride); !changed) return changed;
    const std::string now = driver_of(address);
    if (driver.empty() || now == driver) return {};
    return fail("{} is with {} now and not with {}", address, now.empty() ? "no driver" : now,
                driver);
}

Result<std::uint64_t> Hardware::reserve_hugepages(std::uint64_t mib) {
    const std::uint64_t present = hugepages_mib(roots_);
    if (present >= mib) return present;
    const auto done =
        write_(hugepage_folder(roots_) + "/nr_hugepages", std::to_string((mib + 1) / kHugepageMib));
    if (!done) return unexpected(done.error());
    return hugepages_mib(roots_);
}

}  // namespace torii::machine
