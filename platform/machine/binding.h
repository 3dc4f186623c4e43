#pragma once

#include "platform/machine/inventory.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace torii::machine {

inline constexpr std::string_view kVfio = "vfio-pci";
inline constexpr std::string_view kUio = "uio_pci_generic";

// Ways to drive a card, best first.
enum class Way : std::uint8_t {
    bifurcated,  // the kernel's own driver shares the card with DPDK
    vfio,        // behind an IOMMU: the packet engine needs no rights over memory
    uio,         // physical addresses: it needs the right to know them
    xdp,         // the kernel keeps the card: AF_XDP on its interface
    packet,      // AF_PACKET on its interface
};

[[nodiscard]] std::string_view way_name(Way way);

struct Choice {
    Way way;
    std::string refusal;  // empty: it can be driven so
};

// What is known of interfaces beside sysfs: their addresses, "10.0.0.5".
using Addresses = std::map<std::string, std::string>;

// Why this card must stay with the kernel; empty if it need not. A card that is taken has no
// interfaces to ask about: it passed when it was.
[[nodiscard]] std::string find_reservation(const NetworkDevice& device, const Inventory& inventory,
                                           const Addresses& addresses);

// All ways up to the first that can be gone, each other with what is against it.
[[nodiscard]] std::vector<Choice> choose_way(const NetworkDevice& device,
                                             const Inventory& inventory);

}  // namespace torii::machine
