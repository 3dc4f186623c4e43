#pragma once

#include "dataplane/packet/packet.h"
#include "platform/base/byte_reader.h"
#include "platform/base/prefix.h"

#include <cstdint>
#include <optional>

namespace torii::pipeline {

// Which packets an operator wants to see. What is not there is no condition.
struct PacketFilter {
    PortId port = kNoPort;       // kNoPort: any; compared by whoever knows where they are
    std::optional<Prefix> host;  // of the source or the destination
    std::optional<Prefix> source;
    std::optional<Prefix> destination;
    std::optional<std::uint8_t> protocol;
    std::optional<std::uint16_t> transport_port;  // source or destination, not of later fragments

    // Whether a frame, with a VLAN tag or without, fits all but the port. Any octets are allowed.
    [[nodiscard]] bool matches(Bytes frame) const;
};

}  // namespace torii::pipeline
