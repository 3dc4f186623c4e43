#pragma once

#include "dataplane/port/port.h"
#include "platform/base/result.h"

#include <memory>

struct rte_mempool;

namespace torii::dpdk {

// Packet buffers in EAL's memory, shared by all ports, so that a packet moves from one to the other
// without a copy.
class MbufPool final : public port::BufferPool {
public:
    // How much memory a buffer takes, its headroom and descriptor with it.
    static constexpr unsigned kOctets = 2432;
    static constexpr unsigned kOctetsWithoutHugepages = 4096;

    static Result<std::unique_ptr<MbufPool>> create(const char* name, unsigned buffers);
    ~MbufPool() override;

    [[nodiscard]] bool allocate(packet::Packet& packet) override;
    [[nodiscard]] std::size_t capacity() const override;
    void release(std::span<const packet::Packet> packets) override;
    void begin_at(const packet::Packet& packet) override;

    [[nodiscard]] rte_mempool* handle() const { return pool_; }
    // Those that packets may have: given out, or all.
    [[nodiscard]] unsigned in_use() const;
    [[nodiscard]] unsigned buffers() const;

private:
    explicit MbufPool(rte_mempool* pool) : pool_(pool) {}
    Result<void> set_aside_beyond_af_xdp(unsigned buffers);

    rte_mempool* pool_;
    unsigned set_aside_ = 0;  // buffers that nobody gets
};

}  // namespace torii::dpdk
