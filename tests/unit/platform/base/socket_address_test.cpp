#include "platform/base/socket_address.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>

namespace torii {
namespace {

TEST(SocketAddress, IsWhatTheKernelTakes) {
    const SocketAddress v4 = socket_address(*IpAddress::parse("192.0.2.1"), 179);
    ASSERT_EQ(v4.size, sizeof(sockaddr_in));
    sockaddr_in in{};
    std::memcpy(&in, v4.get(), sizeof in);
    EXPECT_EQ(in.sin_family, AF_INET);
    EXPECT_EQ(ntohs(in.sin_port), 179);
    EXPECT_EQ(ntohl(in.sin_addr.s_addr), 0xc0000201U);

    const SocketAddress v6 = socket_address(*IpAddress::parse("fe80::1"), 3784, 7);
    ASSERT_EQ(v6.size, sizeof(sockaddr_in6));
    sockaddr_in6 in6{};
    std::memcpy(&in6, v6.get(), sizeof in6);
    EXPECT_EQ(in6.sin6_family, AF_INET6);
    EXPECT_EQ(ntohs(in6.sin6_port), 3784);
    EXPECT_EQ(in6.sin6_scope_id, 7U);
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, &in6.sin6_addr, text.data(), text.size());
    EXPECT_STREQ(text.data(), "fe80::1");
}

}  // namespace
}  // namespace torii
