#include "platform/ipc/convert.h"

namespace torii::ipc {

std::string to_octets(const IpAddress& address) {
    const Bytes bytes = address.bytes();
    return {bytes.begin(), bytes.end()};
}

Result<IpAddress> to_address(const std::string& octets) {
    return IpAddress::from_bytes(
        {reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()});
}

IpPrefix to_proto(const Prefix& prefix) {
    IpPrefix message;
    message.set_address(to_octets(prefix.address()));
    message.set_length(prefix.length());
    return message;
}

Result<Prefix> to_prefix(const IpPrefix& prefix) {
    const Result<IpAddress> address = to_address(prefix.address());
    if (!address) return unexpected(address.error());
    if (prefix.length() > address_bits(address->family())) {
        return fail("prefix length {} is beyond {}", prefix.length(),
                    address_bits(address->family()));
    }
    const Prefix made = Prefix::covering(*address, static_cast<std::uint8_t>(prefix.length()));
    if (made.address() != *address) return fail("{}/{} has host bits set", *address, made.length());
    return made;
}

}  // namespace torii::ipc
