#include "dataplane/dpdk/mbuf_pool.h"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <cassert>

namespace torii::dpdk {

Result<std::unique_ptr<MbufPool>> MbufPool::create(const char* name, unsigned buffers) {
    constexpr unsigned kCachePerLcore = 256;
    rte_mempool* pool = rte_pktmbuf_pool_create(name, buffers, kCachePerLcore, 0,
                                                RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    if (pool == nullptr) {
        return fail("no memory for {} packet buffers: {}", buffers, rte_strerror(rte_errno));
    }
    return std::unique_ptr<MbufPool>(new MbufPool(pool));
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

unsigned MbufPool::in_use() const {
    return rte_mempool_in_use_count(pool_);
}

}  // namespace torii::dpdk
