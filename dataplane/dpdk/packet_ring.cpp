#include "dataplane/dpdk/packet_ring.h"

#include <rte_errno.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <type_traits>

namespace torii::dpdk {

static_assert(std::is_trivially_copyable_v<Handover> && sizeof(Handover) % 4 == 0);

Result<PacketRing> PacketRing::create(const std::string& name, unsigned size) {
    rte_ring* ring = rte_ring_create_elem(name.c_str(), sizeof(Handover), size, SOCKET_ID_ANY,
                                          RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
    if (ring == nullptr) return fail("no memory for a ring: {}", rte_strerror(rte_errno));
    return PacketRing(ring);
}

void PacketRing::Free::operator()(rte_ring* ring) const {
    rte_ring_free(ring);
}

bool PacketRing::push(const Handover& handover) {
    return rte_ring_sp_enqueue_elem(ring_.get(), const_cast<Handover*>(&handover),
                                    sizeof(Handover)) == 0;
}

std::size_t PacketRing::pop(std::span<Handover> handovers) {
    return rte_ring_sc_dequeue_burst_elem(ring_.get(), handovers.data(), sizeof(Handover),
                                          static_cast<unsigned>(handovers.size()), nullptr);
}

bool PacketRing::empty() const {
    return rte_ring_empty(ring_.get()) != 0;
}

}  // namespace torii::dpdk
