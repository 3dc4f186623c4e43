// Stands before libxdp's functions of the same names, for the AF_XDP driver that EAL loads, and
// mends two faults of the driver (22.11).
//
// A queue that the kernel has not given free yet is set up again (device.cpp), with the same rings,
// and libxdp (1.3) resets of them all but how far they were filled: every other try the kernel
// would read what the driver has not written, and hand in packets in a buffer that is none.
//
// Buffers in the rings of a queue that is closed, or could not be opened, are given back by nobody:
// 2048 for each, until there are none left for packets.
//
// One thread attaches and detaches devices.
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <dlfcn.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string>
#include <unistd.h>
#include <vector>
#include <xdp/xsk.h>

namespace {

// Until what the kernel has in its hands is on a ring.
constexpr useconds_t kSettle = 10'000;

struct Queue {
    const xsk_umem* umem;
    std::uint8_t* memory;  // where the addresses in its rings begin to count
    std::uint64_t size;
    xsk_ring_prod* fill;
    xsk_ring_cons* completion;
    std::string interface;
    const xsk_socket* socket = nullptr;
    xsk_ring_cons* receive = nullptr;
    xsk_ring_prod* send = nullptr;
};

std::vector<Queue>& queues() {
    static std::vector<Queue> all;
    return all;
}

// Both libraries are loaded with the driver, and so in no scope where RTLD_NEXT would look.
template <class Function>
Function* find_in(const char* library, const char* name) {
    void* const handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) return nullptr;
    return reinterpret_cast<Function*>(dlsym(handle, name));
}

using Addresses = std::vector<std::uint64_t>;

// What one side has put on a ring and the other has not taken.
template <class Ring, class Read>
void append_waiting(Ring& ring, const Read& read, Addresses& out) {
    const std::uint32_t end = __atomic_load_n(ring.producer, __ATOMIC_ACQUIRE);
    std::uint32_t at = __atomic_load_n(ring.consumer, __ATOMIC_ACQUIRE);
    for (; at != end; ++at) out.push_back(read(&ring, at));
}

void append_filled(const Queue& queue, Addresses& out) {
    append_waiting(
        *queue.fill, [](auto* ring, auto at) { return *xsk_ring_prod__fill_addr(ring, at); }, out);
}

Addresses waiting_on_all(const Queue& queue) {
    Addresses found;
    append_filled(queue, found);
    append_waiting(
        *queue.completion, [](auto* ring, auto at) { return *xsk_ring_cons__comp_addr(ring, at); },
        found);
    append_waiting(
        *queue.receive, [](auto* ring, auto at) { return xsk_ring_cons__rx_desc(ring, at)->addr; },
        found);
    append_waiting(
        *queue.send, [](auto* ring, auto at) { return xsk_ring_prod__tx_desc(ring, at)->addr; },
        found);
    return found;
}

// The driver registers the memory of a pool from the beginning of its first page on, and counts
// from there to the headers of buffers.
struct PoolSearch {
    const std::uint8_t* memory = nullptr;
    rte_mempool* found = nullptr;
};

void compare_pool(rte_mempool* pool, void* search) {
    auto& wanted = *static_cast<PoolSearch*>(search);
    const rte_mempool_memhdr* const first = STAILQ_FIRST(&pool->mem_list);
    if (first == nullptr) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(first->addr);
    const auto page = static_cast<std::uintptr_t>(getpagesize());
    if ((begin & ~(page - 1)) == reinterpret_cast<std::uintptr_t>(wanted.memory)) {
        wanted.found = pool;
    }
}

void give_back(const Queue& queue, const Addresses& addresses) {
    PoolSearch search{queue.memory};
    rte_mempool_walk(compare_pool, &search);
    if (search.found == nullptr) return;
    for (const std::uint64_t address : addresses) {
        const std::uint64_t offset = xsk_umem__extract_addr(address) + search.found->header_size;
        if (offset >= queue.size) continue;
        rte_pktmbuf_free(reinterpret_cast<rte_mbuf*>(queue.memory + offset));
    }
}

// So that the kernel takes nothing off the rings any more. The driver does it, too, but afterwards.
void stop_receiving(const std::string& interface) {
    using Detach = int(int, std::uint32_t, const void*);
    static auto* const detach = find_in<Detach>("libbpf.so.1", "bpf_xdp_detach");
    const unsigned index = ::if_nametoindex(interface.c_str());
    if (detach == nullptr || index == 0) return;
    detach(static_cast<int>(index), 0, nullptr);
    detach(static_cast<int>(index), XDP_FLAGS_SKB_MODE, nullptr);
}

}  // namespace

extern "C" int xsk_umem__create(xsk_umem** umem, void* area, __u64 size, xsk_ring_prod* fill,
                                xsk_ring_cons* completion, const xsk_umem_config* config) {
    static auto* const create = find_in<decltype(xsk_umem__create)>("libxdp.so.1", __func__);
    if (create == nullptr) return -ENOSYS;
    *fill = {};
    *completion = {};
    const int error = create(umem, area, size, fill, completion, config);
    if (error == 0) {
        queues().push_back({*umem, static_cast<std::uint8_t*>(area), size, fill, completion, {}});
    }
    return error;
}

extern "C" int xsk_socket__create(xsk_socket** socket, const char* interface, __u32 number,
                                  xsk_umem* umem, xsk_ring_cons* receive, xsk_ring_prod* send,
                                  const xsk_socket_config* config) {
    static auto* const create = find_in<decltype(xsk_socket__create)>("libxdp.so.1", __func__);
    if (create == nullptr) return -ENOSYS;
    const auto queue = std::ranges::find(queues(), umem, &Queue::umem);
    Addresses filled;
    // Afterwards the rings may be gone.
    if (queue != queues().end()) append_filled(*queue, filled);
    const int error = create(socket, interface, number, umem, receive, send, config);
    if (queue == queues().end()) return error;
    if (error == 0) {
        queue->interface = interface;
        queue->socket = *socket;
        queue->receive = receive;
        queue->send = send;
    } else {
        give_back(*queue, filled);
        queues().erase(queue);
    }
    return error;
}

extern "C" void xsk_socket__delete(xsk_socket* socket) {
    static auto* const remove = find_in<decltype(xsk_socket__delete)>("libxdp.so.1", __func__);
    if (remove == nullptr) return;
    const auto queue = std::ranges::find(queues(), socket, &Queue::socket);
    if (queue == queues().end()) return remove(socket);
    stop_receiving(queue->interface);
    ::usleep(kSettle);
    const Addresses waiting = waiting_on_all(*queue);
    remove(socket);
    give_back(*queue, waiting);
    queues().erase(queue);
}
