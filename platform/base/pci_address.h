#pragma once

#include <algorithm>
#include <string>

namespace torii {

// Of a PCI function, as the kernel and DPDK write it: "00:0A.0" is "0000:00:0a.0", in the first
// domain.
inline std::string full_pci_address(std::string address) {
    std::ranges::transform(address, address.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::ranges::count(address, ':') == 1 ? "0000:" + address : address;
}

}  // namespace torii
