#include "dataplane/dpdk/mbuf_pool.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <cassert>
#include <cstdint>
#include <vector>

namespace torii::dpdk {
namespace {

constexpr unsigned kCachePerLcore = 256;

// A buffer does not cross a page: without hugepages each has one for itself. Then it takes all of
// it, so that there are no gaps between buffers.
rte_mempool* create_of_pages(const char* name, unsigned buffers) {
    constexpr unsigned kFlags = RTE_MEMPOOL_F_NO_SPREAD;
    rte_mempool_objsz size{};
    rte_mempool_calc_obj_size(sizeof(rte_mbuf), kFlags, &size);
    const unsigned octets = MbufPool::kOctetsWithoutHugepages - size.header_size;
    rte_pktmbuf_pool_private shape{};
    shape.mbuf_data_room_size = static_cast<std::uint16_t>(octets - sizeof(rte_mbuf));
    rte_mempool* pool = rte_mempool_create_empty(name, buffers, octets, kCachePerLcore,
                                                 sizeof shape, SOCKET_ID_ANY, kFlags);
    if (pool == nullptr) return nullptr;
    rte_pktmbuf_pool_init(pool, &shape);
    if (const int error = rte_mempool_populate_default(pool); error < 0) {
        rte_mempool_free(pool);
        rte_errno = -error;
        return nullptr;
    }
    rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
    return pool;
}

rte_mempool* create_pool(const char* name, unsigned buffers) {
    if (rte_eal_has_hugepages() == 0) return create_of_pages(name, buffers);
    return rte_pktmbuf_pool_create(name, buffers, kCachePerLcore, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
                                   SOCKET_ID_ANY);
}

}  // namespace

Result<std::unique_ptr<MbufPool>> MbufPool::create(const char* name, unsigned buffers) {
    rte_mempool* created = create_pool(name, buffers);
    if (created == nullptr) {
        return fail("no memory for {} packet buffers: {}", buffers, rte_strerror(rte_errno));
    }
    std::unique_ptr<MbufPool> pool(new MbufPool(created));
    if (auto done = pool->set_aside_beyond_af_xdp(buffers); !done) return unexpected(done.error());
    return pool;
}

// The AF_XDP driver (22.11) registers as much memory with the kernel as the buffers would fill
// without any gap. What is beyond, the kernel takes off the rings and never gives back, without a
// word: in the end a port has nothing left to receive into.
Result<void> MbufPool::set_aside_beyond_af_xdp(unsigned buffers) {
    const unsigned octets = rte_mempool_calc_obj_size(pool_->elt_size, pool_->flags, nullptr);
    const auto* memory = static_cast<const std::uint8_t*>(STAILQ_FIRST(&pool_->mem_list)->addr);
    const std::uint8_t* const end = memory + std::size_t{buffers} * octets;
    std::vector<rte_mbuf*> mbufs(buffers);
    if (rte_pktmbuf_alloc_bulk(pool_, mbufs.data(), buffers) != 0) {
        return fail("not all of {} packet buffers are there", buffers);
    }
    for (rte_mbuf* mbuf : mbufs) {
        const std::uint8_t* begin = reinterpret_cast<std::uint8_t*>(mbuf) - pool_->header_size;
        if (begin >= memory && begin + octets <= end) {
            rte_pktmbuf_free(mbuf);
        } else {
            ++set_aside_;
        }
    }
    return {};
}

MbufPool::~MbufPool() {
    rte_mempool_free(pool_);
}

bool MbufPool::allocate(packet::Packet& packet) {
    rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
    if (mbuf == nullptr) return false;
    packet = {};
    packet.buffer = mbuf;
    packet.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
    return true;
}

std::size_t MbufPool::capacity() const {
    return RTE_MBUF_DEFAULT_DATAROOM;
}

void MbufPool::release(std::span<const packet::Packet> packets) {
    assert(packets.size() <= kBurst);
    rte_mbuf* mbufs[kBurst];
    for (std::size_t i = 0; i < packets.size(); ++i) {
        mbufs[i] = static_cast<rte_mbuf*>(packets[i].buffer);
    }
    rte_pktmbuf_free_bulk(static_cast<rte_mbuf**>(mbufs), static_cast<unsigned>(packets.size()));
}

void MbufPool::begin_at(const packet::Packet& packet) {
    auto* mbuf = static_cast<rte_mbuf*>(packet.buffer);
    mbuf->data_off =
        static_cast<std::uint16_t>(packet.data - static_cast<std::uint8_t*>(mbuf->buf_addr));
}

unsigned MbufPool::in_use() const {
    return rte_mempool_in_use_count(pool_) - set_aside_;
}

unsigned MbufPool::buffers() const {
    return pool_->size - set_aside_;
}

}  // namespace torii::dpdk
