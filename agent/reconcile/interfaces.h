#pragma once

#include "agent/model/interface.h"
#include "agent/reconcile/advertised.h"
#include "platform/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace torii::reconcile {

// The addresses of the interface that an Interface advertisement names, each for itself: nothing
// while it is down, and no address that is of the node or the link alone.
void advertise_interface(const std::vector<model::Interface>& interfaces,
                         const SelectedEntry& selected, ExportStatements& statements);

// The address of the family that sessions from the interface have. Nothing: it has none, or there
// is no such interface, so the kernel chooses. An error when there are several.
[[nodiscard]] Result<std::optional<IpAddress>> source_address(
    const std::vector<model::Interface>& interfaces, const std::string& name, IpFamily family);

}  // namespace torii::reconcile
