#include "agent/ipam/allocator.h"

#include "agent/ipam/pool.h"
#include "agent/ipam/request.h"
#include "agent/ipam/sharing.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::ipam {
namespace {

struct Client {
    const model::Service* service = nullptr;
    model::Labels labels;
    Request request;
    std::vector<IpAddress> addresses;
    // The last thing that went wrong; without one the request is satisfied.
    std::string reason;
    std::string message;

    [[nodiscard]] bool has_family(IpFamily family) const {
        return std::ranges::any_of(
            addresses, [&](const IpAddress& address) { return address.family() == family; });
    }
};

bool has_our_condition(const model::Service& service) {
    return std::ranges::find(service.conditions, kSatisfied, &model::StatusCondition::type) !=
           service.conditions.end();
}

bool was_satisfied(const model::Service& service) {
    const auto found =
        std::ranges::find(service.conditions, kSatisfied, &model::StatusCondition::type);
    return found != service.conditions.end() && found->status == "True";
}

class Allocator {
public:
    Allocator(const model::Snapshot& snapshot, const Settings& settings,
              const std::vector<SharedAddress>& shared)
        : pools_(make_pools(snapshot.load_balancer_pools)), shared_(shared) {
        for (const auto& [key, service] : snapshot.services) {
            if (!is_served(service, settings)) continue;
            clients_.push_back({&service,
                                model::selectable_labels(service),
                                request_of(service, settings),
                                {},
                                {},
                                {}});
        }
        std::ranges::stable_partition(
            clients_, [](const Client& client) { return was_satisfied(*client.service); });
    }

    Assignment run() {
        for (Client& client : clients_) keep(client);
        // One that is given away again below is a new one.
        std::erase_if(shared_, [&](const SharedAddress& shared) { return !is_held(shared); });
        std::ranges::stable_sort(
            clients_, {}, [](const Client& client) { return client.service->metadata.key(); });
        for (Client& client : clients_) take_requested(client);
        for (Client& client : clients_) take_any(client);
        return result();
    }

private:
    void give(Client& client, const IpAddress& address) {
        holders_[address].push_back(client.service);
        const SharedAddress shared{sharing_key(*client.service), address};
        const bool known = std::ranges::find(shared_, shared) != shared_.end();
        if (!shared.key.empty() && !known) shared_.push_back(shared);
        client.addresses.push_back(address);
    }

    [[nodiscard]] bool is_held(const SharedAddress& shared) const {
        const auto held = holders_.find(shared.address);
        return held != holders_.end() &&
               std::ranges::any_of(held->second, [&](const model::Service* holder) {
                   return sharing_key(*holder) == shared.key;
               });
    }

    [[nodiscard]] bool is_free_for(const Client& client, const IpAddress& address) const {
        const auto held = holders_.find(address);
        return held == holders_.end() ||
               std::ranges::all_of(held->second, [&](const model::Service* holder) {
                   return may_share(*client.service, *holder);
               });
    }

    [[nodiscard]] static bool still_asks_for(const Client& client, const IpAddress& address) {
        if (!client.request.addresses.empty()) return client.request.addresses.contains(address);
        return client.request.families.contains(address.family()) &&
               !client.has_family(address.family());
    }

    // Pools that are disabled or conflict keep what they have given.
    void keep(Client& client) {
        for (const IpAddress& address : client.service->load_balancer_ips) {
            const bool in_a_pool = std::ranges::any_of(pools_, [&](const Pool& pool) {
                return pool.contains(address) && pool.serves(client.labels);
            });
            if (in_a_pool && still_asks_for(client, address) && is_free_for(client, address)) {
                give(client, address);
            }
        }
    }

    void take_requested(Client& client) {
        for (const IpAddress& address : client.request.addresses) {
            if (std::ranges::find(client.addresses, address) == client.addresses.end()) {
                take_requested(client, address);
            }
        }
    }

    void take_requested(Client& client, const IpAddress& address) {
        const auto has_it = [&](const Pool& pool) {
            return pool.gives() && pool.contains(address);
        };
        const auto pool = std::ranges::find_if(pools_, has_it);
        if (pool == pools_.end()) {
            return refuse(client, "no_pool",
                          fmt::format("No enabled pool has the requested IP {}", address));
        }
        if (!pool->serves(client.labels)) {
            return refuse(client, "pool_selector_mismatch",
                          fmt::format("The pool {} that has the requested IP {} does not select "
                                      "this service",
                                      pool->resource->metadata.name, address));
        }
        if (is_free_for(client, address)) return give(client, address);
        const bool shares = !sharing_key(*client.service).empty();
        refuse(client, shares ? "already_allocated_incompatible_service" : "already_allocated",
               fmt::format("The IP {} is already allocated to {}", address,
                           holders_.at(address).front()->metadata.key()));
    }

    void take_any(Client& client) {
        for (const IpFamily family : client.request.families) {
            if (!client.has_family(family)) take_any(client, family);
        }
    }

    void take_any(Client& client, IpFamily family) {
        if (const auto shared = find_shared(client, family)) return give(client, *shared);
        bool has_pool = false;
        for (const Pool& pool : pools_) {
            if (!pool.gives() || !pool.serves(client.labels)) continue;
            for (const AddressRange& range : pool.usable) {
                if (range.first.family() != family) continue;
                has_pool = true;
                if (const auto address = next_free(range, taken_in(range))) {
                    return give(client, *address);
                }
            }
        }
        if (has_pool) {
            refuse(
                client, "out_of_ips",
                fmt::format("All enabled pools that match this service ran out of IPv{} addresses",
                            static_cast<int>(family)));
        } else {
            refuse(client, "no_pool",
                   fmt::format("There is no enabled pool with IPv{} addresses that matches this "
                               "service",
                               static_cast<int>(family)));
        }
    }

    [[nodiscard]] std::optional<IpAddress> find_shared(const Client& client,
                                                       IpFamily family) const {
        const std::string key = sharing_key(*client.service);
        for (const auto& [shared_key, address] : shared_) {
            if (shared_key != key || address.family() != family) continue;
            if (!is_free_for(client, address)) continue;
            const bool offered = std::ranges::any_of(pools_, [&](const Pool& pool) {
                return pool.gives() && pool.contains(address) && pool.serves(client.labels);
            });
            if (offered) return address;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::vector<IpAddress> taken_in(const AddressRange& range) const {
        std::vector<IpAddress> taken;
        for (auto held = holders_.lower_bound(range.first);
             held != holders_.end() && range.contains(held->first); ++held) {
            taken.push_back(held->first);
        }
        return taken;
    }

    static void refuse(Client& client, std::string_view reason, std::string message) {
        client.reason = reason;
        client.message = std::move(message);
    }

    [[nodiscard]] Assignment result() {
        Assignment assignment;
        for (Client& client : clients_) {
            ServiceAddresses& told = assignment.services[client.service->metadata.key()];
            std::ranges::sort(client.addresses);
            told.addresses = std::move(client.addresses);
            const bool satisfied = client.reason.empty();
            told.condition = {std::string(kSatisfied), satisfied ? "True" : "False",
                              satisfied ? "satisfied" : client.reason, client.message};
        }
        for (const Pool& pool : pools_) {
            Number used = pool.reserved;
            for (const AddressRange& range : pool.usable) used += taken_in(range).size();
            assignment.pools[pool.resource->metadata.name] = {pool.conflict, pool.total, used};
        }
        assignment.shared = std::move(shared_);
        return assignment;
    }

    std::vector<Pool> pools_;
    std::vector<Client> clients_;
    std::map<IpAddress, std::vector<const model::Service*>> holders_;
    std::vector<SharedAddress> shared_;
};

}  // namespace

bool is_served(const model::Service& service, const Settings& settings) {
    if (service.type != model::ServiceType::load_balancer) return false;
    if (!service.load_balancer_class) return settings.serves_unclassed;
    return *service.load_balancer_class == model::kBgpLoadBalancerClass;
}

Assignment assign(const model::Snapshot& snapshot, const Settings& settings,
                  const std::vector<SharedAddress>& shared) {
    const bool dormant = snapshot.load_balancer_pools.empty() &&
                         std::ranges::none_of(snapshot.services, [](const auto& entry) {
                             return has_our_condition(entry.second);
                         });
    return dormant ? Assignment{} : Allocator(snapshot, settings, shared).run();
}

}  // namespace torii::ipam
