#include "platform/linux/sysctl.h"

#include <fstream>

namespace torii {

Result<void> set_sysctl(const std::string& path, const std::string& value) {
    const std::string file = "/proc/sys/" + path;
    std::ofstream out(file);
    out << value << std::flush;
    if (!out) return fail("cannot write {} to {}", value, file);
    return {};
}

}  // namespace torii
