#pragma once

#include "platform/base/result.h"

#include <filesystem>
#include <string_view>

namespace torii::kube {

// Who reads the file sees what was there before or all of the text.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view text);

}  // namespace torii::kube
