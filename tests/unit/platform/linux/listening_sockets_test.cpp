#include "platform/linux/listening_sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace torii {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

// As a little-endian machine prints them.
TEST(ListeningSockets, AreReadFromTheKernelsTables) {
    EXPECT_THAT(
        parse_listening_sockets(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
            "   0: 0100007F:238C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
            "   1: 0100007F:0016 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0\n"
            "   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"),
        ElementsAre(Pair(IpAddress::any(IpFamily::v4), 22),
                    Pair(*IpAddress::parse("127.0.0.1"), 9100)));
    EXPECT_THAT(parse_listening_sockets("   0: B80D0120000000000000000001000000:033E "
                                        "00000000000000000000000000000000:0000 0A 0:0 00:0 0 0\n"),
                ElementsAre(Pair(*IpAddress::parse("2001:db8::1"), 830)));
}

TEST(ListeningSockets, WhatIsNoLineOfThemIsLeftOut) {
    EXPECT_THAT(parse_listening_sockets("0: 0100007F 0 0A\n1: 01:1 0 0A\n2: xyz00000:1 0 0A\n0:"),
                IsEmpty());
}

TEST(ListeningSockets, ASocketIsThereWhileItListens) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_GE(socket, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&at), size), 0);
    ASSERT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size), 0);
    const ListeningSocket own(*IpAddress::parse("127.0.0.1"), ntohs(at.sin_port));
    EXPECT_THAT(listening_sockets(), Not(Contains(own)));
    ASSERT_EQ(::listen(socket, 1), 0);
    EXPECT_THAT(listening_sockets(), Contains(own));
    ::close(socket);
}

}  // namespace
}  // namespace torii
