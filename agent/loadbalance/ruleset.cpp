#include "agent/loadbalance/ruleset.h"

#include "agent/loadbalance/maglev.h"
#include "agent/model/stable_hash.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>
#include <vector>

namespace torii::loadbalance {
namespace {

// On the first packet of a connection whose answers must come back through this node.
constexpr std::string_view kMasqueradeMark = "0x200000";
constexpr std::size_t kAffinityClientsMax = 65536;
constexpr std::string_view kRefuse = "goto refuse";

// Numbers (RFC 5237), so that no /etc/protocols is needed and the kernel's listing compares.
unsigned number_of(model::Protocol protocol) {
    switch (protocol) {
        case model::Protocol::tcp: return 6;
        case model::Protocol::udp: return 17;
        case model::Protocol::sctp: return 132;
    }
    return 0;
}

std::string_view name_of(model::Protocol protocol) {
    switch (protocol) {
        case model::Protocol::tcp: return "tcp";
        case model::Protocol::udp: return "udp";
        case model::Protocol::sctp: return "sctp";
    }
    return "";
}

char suffix(IpFamily family) {
    return family == IpFamily::v4 ? '4' : '6';
}

// What nft(8) takes in a name; names of resources in a cluster are such already.
std::string clean(std::string text) {
    for (char& letter : text) {
        const bool fits = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ||
                          letter == '.' || letter == '/';
        if (!fits) letter = '_';
    }
    return text;
}

// Writes the chains of one frontend's family and protocol.
class ChainWriter {
public:
    ChainWriter(Ruleset& rules, const TableSettings& settings, const Frontend& frontend,
                const Handling& handling)
        : rules_(rules),
          settings_(settings),
          frontend_(frontend),
          handling_(handling),
          ip_(frontend.family == IpFamily::v4 ? "ip" : "ip6"),
          name_(clean(fmt::format("{}/{}-{}", handling.service, name_of(frontend.protocol),
                                  handling.service_port))) {}

    // Where the frontend's connections go: "goto CHAIN" or "drop".
    std::string verdict() {
        if (!handling_.has_endpoints) return std::string(kRefuse);
        if (!handling_.outside_is_local_only) {
            if (handling_.inside.empty()) return "drop";
            return "goto " + store("service", source_ranges() + for_all(handling_.inside));
        }
        const std::string inside = handling_.inside.empty()
                                       ? "drop"
                                       : "goto " + store("service", for_all(handling_.inside));
        std::string text = source_ranges();
        text += fmt::format("{} saddr @pods{} {}\n", ip_, suffix(frontend_.family), inside);
        text += fmt::format("fib saddr type local {}\n", inside);
        text += handling_.outside.empty() ? "drop\n" : translation(handling_.outside);
        return "goto " + store("service-local", text);
    }

private:
    [[nodiscard]] std::string store(std::string_view kind, std::string text) {
        std::string name = fmt::format("{}/{}/{:016x}", kind, name_, model::stable_hash(text));
        rules_.chains.emplace(name, std::move(text));
        return name;
    }

    [[nodiscard]] std::string source_ranges() const {
        if (!handling_.source_ranges) return {};
        std::string text = "fib saddr type != local ";
        if (handling_.source_ranges->empty()) return text + "drop\n";
        const std::set<Prefix> sorted(handling_.source_ranges->begin(),
                                      handling_.source_ranges->end());
        std::vector<std::string> ranges;
        for (const Prefix& range : sorted) {
            if (range.length() == 0) return {};  // anyone
            ranges.push_back(range.to_string());
        }
        // Rules and not a set: ranges may contain each other.
        for (const std::string& range : ranges) text += fmt::format("{} saddr != {} ", ip_, range);
        return text + "drop\n";
    }

    // Any backend serves, and the answers of those elsewhere come back only to an address of ours.
    [[nodiscard]] std::string for_all(const Backends& backends) {
        const bool leaves =
            std::ranges::any_of(backends, [](const Backend& b) { return !b.local; });
        std::string text;
        if (leaves) {
            text = fmt::format(
                "{} saddr != @pods{} fib saddr type != local meta mark set meta mark | {}\n", ip_,
                suffix(frontend_.family), kMasqueradeMark);
        }
        return text + translation(backends);
    }

    [[nodiscard]] std::string translation(const Backends& backends) {
        if (handling_.affinity) return sticky(backends);
        if (backends.size() == 1) return to_one(backends.front());
        return fmt::format("meta l4proto {} dnat {} to jhash {} saddr . th sport {} map {{ {} }}\n",
                           number_of(frontend_.protocol), ip_, ip_, modulus(),
                           slots(backends, [](const Backend& b) { return b.to_string(); }));
    }

    [[nodiscard]] std::string to_one(const Backend& backend) const {
        const std::string address = backend.address.to_string();
        return fmt::format("meta l4proto {} dnat {} to {}:{}\n", number_of(frontend_.protocol), ip_,
                           backend.address.is_v4() ? address : '[' + address + ']', backend.port);
    }

    // Who was at a backend goes there again; others are spread by their address alone.
    [[nodiscard]] std::string sticky(const Backends& backends) {
        std::map<Backend, std::string> chains;
        std::string text;
        for (const Backend& backend : backends) {
            const std::string set = affinity_set(backend);
            const std::string chain = store(
                "backend", fmt::format("update @{} {{ {} saddr }}\n", set, ip_) + to_one(backend));
            text += fmt::format("{} saddr @{} goto {}\n", ip_, set, chain);
            chains.emplace(backend, "goto " + chain);
        }
        if (backends.size() == 1) return fmt::format("goto {}\n", chains.begin()->second.substr(5));
        return text + fmt::format("jhash {} saddr {} vmap {{ {} }}\n", ip_, modulus(),
                                  slots(backends, [&](const Backend& b) { return chains.at(b); }));
    }

    // One for each backend: it goes with the backend, and all who are in it.
    [[nodiscard]] std::string affinity_set(const Backend& backend) {
        std::string name = fmt::format("affinity/{}/{}/{:016x}", name_, handling_.affinity->count(),
                                       model::stable_hash(backend.to_string()));
        rules_.affinity_sets.emplace(
            name, fmt::format("type ipv{}_addr; size {}; flags dynamic,timeout; timeout {}s;",
                              suffix(frontend_.family), kAffinityClientsMax,
                              handling_.affinity->count()));
        return name;
    }

    [[nodiscard]] std::string modulus() const {
        return fmt::format("mod {} seed {:#x}", settings_.maglev_size, kHashSeed);
    }

    template <class Value>
    [[nodiscard]] std::string slots(const Backends& backends, Value value) const {
        std::vector<std::string> names;
        for (const Backend& backend : backends) names.push_back(backend.to_string());
        const auto table = maglev_table(names, settings_.maglev_size, settings_.maglev_seed);
        std::vector<std::string> values;
        for (const Backend& backend : backends) values.push_back(value(backend));
        // Nearly all of the text of a ruleset is made here.
        fmt::memory_buffer text;
        for (std::size_t slot = 0; slot < table.size(); ++slot) {
            if (slot != 0) text.append(std::string_view(", "));
            fmt::format_to(std::back_inserter(text), FMT_COMPILE("{} : "), slot);
            text.append(values[table[slot]]);
        }
        return fmt::to_string(text);
    }

    // Fixed: the kernel would choose another on every node.
    static constexpr std::uint32_t kHashSeed = 0x746f7269;

    Ruleset& rules_;
    const TableSettings& settings_;
    const Frontend& frontend_;
    const Handling& handling_;
    std::string_view ip_;
    std::string name_;
};

}  // namespace

Ruleset ruleset(const NodeBalancing& wanted, const TableSettings& settings) {
    Ruleset rules;
    const auto element = [&rules](std::string_view set, IpFamily family, std::string key,
                                  std::string value = {}) {
        rules.elements[fmt::format("{}{}", set, suffix(family))].emplace(std::move(key),
                                                                         std::move(value));
    };
    for (const auto& [frontend, handling] : wanted.frontends) {
        std::string verdict = ChainWriter(rules, settings, frontend, handling).verdict();
        const std::string port =
            fmt::format("{} . {}", number_of(frontend.protocol), frontend.port);
        if (frontend.address) {
            element("services", frontend.family, fmt::format("{} . {}", *frontend.address, port),
                    std::move(verdict));
        } else {
            element("node_ports", frontend.family, port, std::move(verdict));
        }
    }
    for (const IpAddress& address : wanted.cluster_ips) {
        element("cluster_ips", address.family(), address.to_string());
    }
    for (const IpAddress& address : wanted.load_balancer_ips) {
        element("load_balancer_ips", address.family(), address.to_string());
    }
    for (const IpAddress& address : wanted.local_backends) {
        element("local_backends", address.family(), address.to_string());
        element("hairpins", address.family(), fmt::format("{} . {}", address, address));
    }
    for (const Prefix& prefix : wanted.pods) {
        element("pods", prefix.family(), prefix.to_string());
    }
    for (const Prefix& prefix : wanted.cluster_clients) {
        element("cluster_clients", prefix.family(), prefix.to_string());
    }
    return rules;
}

}  // namespace torii::loadbalance
