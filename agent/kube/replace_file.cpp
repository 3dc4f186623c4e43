#include "agent/kube/replace_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace torii::kube {
namespace fs = std::filesystem;

Result<void> replace_file(const fs::path& path, std::string_view text) {
    // A hidden name: nobody takes it for a manifest.
    const fs::path partial = path.parent_path() / ("." + path.filename().string());
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) return fail("cannot write {}: {}", partial.string(), std::strerror(errno));
    std::error_code error;
    fs::rename(partial, path, error);
    if (error) return fail("cannot write {}: {}", path.string(), error.message());
    return {};
}

}  // namespace torii::kube
