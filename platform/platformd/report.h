#pragma once

#include "platform/platformd/devices.h"

#include <platform/ipc/proto/platform.pb.h>

namespace torii::platformd {

// How the packet engine is to use the machine, with the devices it has.
[[nodiscard]] ipc::MachinePlan make_plan(const machine::Inventory& inventory,
                                         const Devices& devices);

// All there is to tell but the time of the start.
[[nodiscard]] ipc::Platform describe(const machine::Inventory& inventory, const Devices& devices);

// The devices of a former description, as they were taken.
[[nodiscard]] std::map<std::string, TakenDevice> taken_devices(const ipc::Platform& platform);

}  // namespace torii::platformd
