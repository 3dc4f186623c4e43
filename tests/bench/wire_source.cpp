// Sends the benchmark's flows on an interface as fast as it can, until it is ended.
//
//     torii_bench_wire_source INTERFACE
#include "tests/bench/flows.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace torii::bench {
namespace {

constexpr std::size_t kAtOnce = 64;

int open_socket(const char* interface) {
    const int opened = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    const int on = 1;
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
    if (opened < 0 || ::setsockopt(opened, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0 ||
        ::bind(opened, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        give_up(std::string("cannot send on ") + interface + ": " + std::strerror(errno));
    }
    return opened;
}

[[noreturn]] void send_for_good(int socket, Flows& flows) {
    std::array<mmsghdr, kAtOnce> messages{};
    std::array<iovec, kAtOnce> frames{};
    for (std::size_t flow = 0;; flow = (flow + kAtOnce) % kFlows) {
        for (std::size_t index = 0; index < kAtOnce; ++index) {
            frames[index] = {flows.templates[flow + index].octets.data(),
                             flows.known[flow + index].size};
            messages[index].msg_hdr.msg_iov = &frames[index];
            messages[index].msg_hdr.msg_iovlen = 1;
        }
        // What there is no room for is lost: others are sent in its place.
        ::sendmmsg(socket, messages.data(), kAtOnce, 0);
    }
}

}  // namespace
}  // namespace torii::bench

int main(int argc, char** argv) {
    if (argc != 2) return EXIT_FAILURE;
    torii::bench::Flows flows = torii::bench::make_flows();
    torii::bench::send_for_good(torii::bench::open_socket(argv[1]), flows);
}
