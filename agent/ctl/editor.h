#pragma once

#include "platform/base/result.h"

#include <string>

namespace torii::agent {

// The text as a person leaves it in the editor of KUBE_EDITOR or EDITOR, else vi. `name` is part of
// the name of the file that the editor shows.
[[nodiscard]] Result<std::string> edited(const std::string& text, const std::string& name);

}  // namespace torii::agent
