#include "platform/ipc/convert.h"

#include <gmock/gmock.h>

#include <string>

namespace torii::ipc {
namespace {

TEST(Convert, PrefixesRoundTrip) {
    for (const auto* text :
         {"0.0.0.0/0", "172.20.1.0/24", "192.0.2.1/32", "::/0", "2001:db8::/61"}) {
        const Prefix prefix = Prefix::parse(text).value();
        EXPECT_EQ(to_prefix(to_proto(prefix)).value(), prefix);
    }
}

TEST(Convert, AddressesRoundTrip) {
    for (const auto* text : {"192.0.2.1", "2001:db8::1"}) {
        const IpAddress address = IpAddress::parse(text).value();
        EXPECT_EQ(to_address(to_octets(address)).value(), address);
    }
}

TEST(Convert, ThePrefixesOfTheWireAreChecked) {
    IpPrefix message = to_proto(Prefix::parse("172.20.0.0/16").value());
    message.set_length(8);
    EXPECT_FALSE(to_prefix(message)) << "host bits";
    message.set_length(33);
    EXPECT_FALSE(to_prefix(message)) << "length beyond the family's";
    message.set_length(272);  // 16 in the low eight bits
    EXPECT_FALSE(to_prefix(message)) << "length beyond eight bits";
    message.set_length(16);
    message.set_address("abc");
    EXPECT_FALSE(to_prefix(message)) << "three octets";
    EXPECT_FALSE(to_prefix(IpPrefix{})) << "empty";
    EXPECT_FALSE(to_address(std::string(5, '\0')));
}

}  // namespace
}  // namespace torii::ipc
