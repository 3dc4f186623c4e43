#pragma once

#include "controlplane/routing/kernel.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace torii::routing {

// The nexthop objects of the kernel as it tells us, and how many of our routes and groups use each.
class KernelObjects {
public:
    explicit KernelObjects(Kernel& kernel) : kernel_(kernel) {}

    // The kernel has it. Objects that are not ours only take up their id.
    void observe(std::uint32_t id, const KernelNextHop& next_hop, bool ours);
    // The kernel deleted it. Returns every object that is no longer what routes through it were
    // given: itself and the groups it was in.
    std::vector<std::uint32_t> observe_removed(std::uint32_t id);

    // The id of an object of these contents, made when there is none.
    Result<std::uint32_t> get(const KernelNextHop& next_hop);
    void use(std::uint32_t id);
    void release(std::uint32_t id);
    // Deletes what nobody uses, groups before their members.
    void collect();

    [[nodiscard]] std::size_t size() const { return objects_.size(); }
    [[nodiscard]] std::vector<std::uint32_t> ids() const;
    [[nodiscard]] std::vector<std::uint32_t> on_link(std::uint32_t link) const;
    [[nodiscard]] bool exists(std::uint32_t id) const { return objects_.contains(id); }

private:
    void insert(std::uint32_t id, const KernelNextHop& next_hop);
    void erase(std::uint32_t id);

    Kernel& kernel_;
    std::unordered_map<std::uint32_t, KernelNextHop> objects_;
    std::map<KernelNextHop, std::uint32_t> by_content_;
    // Also of ids that are not (or no longer) there: routes that still name them.
    std::unordered_map<std::uint32_t, std::size_t> users_;
    std::set<std::uint32_t> idle_;
    std::uint32_t last_id_ = 0;
};

}  // namespace torii::routing
