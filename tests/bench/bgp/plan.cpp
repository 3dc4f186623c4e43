#include "tests/bench/bgp/plan.h"

#include <algorithm>
#include <cmath>

namespace torii::bench {
namespace {

constexpr auto kIpv4 = bgp::Family::ipv4_unicast;
constexpr auto kIpv6 = bgp::Family::ipv6_unicast;
constexpr std::size_t kSessionsMin = 20;

// As Cilium's agents announce it: with the restart state bit in every OPEN.
constexpr bgp::GracefulRestartCapability kNodes{true, true, Seconds(15), {kIpv4}, {kIpv4}};
constexpr bgp::GracefulRestartCapability kNamedOnly;

std::vector<Plan> plans() {
    // name, family, length, senders, listeners, prefixes, shared, sets, per update, hold, GR, time
    return {
        {"full1m", kIpv4, 24, 1, 1, 1'000'000, false, 150'000, 5, Seconds(90), {}, {}},
        {"v6-200k", kIpv6, 48, 1, 1, 200'000, false, 30'000, 5, Seconds(90), {}, {}},
        {"peers100", kIpv4, 24, 100, 0, 1000, false, 1, 100, Seconds(90), {}, {}},
        {"ecmp64", kIpv4, 32, 64, 1, 10'000, true, 1, 100, Seconds(90), {}, {}},
        {"node-silent", kIpv4, 32, 64, 1, 10'000, true, 1, 100, Seconds(9), {}, {}},
        {"node-silent-gr", kIpv4, 32, 64, 1, 10'000, true, 1, 100, Seconds(9), kNodes, {}},
        {"router-restart", kIpv4, 32, 64, 1, 10'000, true, 1, 100, Seconds(9), kNodes, {}},
        {"sessions1000", kIpv4, 24, 1000, 0, 10, false, 1, 10, Seconds(90), {}, {}},
        {"fanout64", kIpv4, 24, 1, 64, 100'000, false, 15'000, 5, Seconds(90), {}, {}},
        {"survive", kIpv4, 24, 50, 0, 4000, false, 200, 20, Seconds(3), {}, Seconds(15)},
        {"churn", kIpv4, 24, 16, 1, 5000, false, 1000, 5, Seconds(90), {}, Seconds(10)},
        {"latency", kIpv4, 24, 1, 1, 1, false, 1, 1, Seconds(90), kNamedOnly, Seconds(15)},
    };
}

std::size_t scaled(std::size_t count, double scale, std::size_t least) {
    const auto smaller = static_cast<std::size_t>(std::llround(static_cast<double>(count) * scale));
    return std::min(count, std::max(least, smaller));
}

}  // namespace

std::vector<std::string> plan_names() {
    std::vector<std::string> names;
    for (const Plan& plan : plans()) names.push_back(plan.name);
    return names;
}

Result<Plan> find_plan(std::string_view name, double scale) {
    const std::vector<Plan> all = plans();
    const auto found = std::ranges::find(all, name, &Plan::name);
    if (found == all.end()) return fail("no workload is named {}", name);
    Plan plan = *found;
    if (name == "sessions1000") {
        plan.senders = scaled(plan.senders, scale, kSessionsMin);
    } else {
        plan.prefixes = scaled(plan.prefixes, scale, plan.prefixes_per_update);
    }
    plan.attribute_sets = scaled(plan.attribute_sets, scale, 1);
    if (plan.duration != Seconds{0}) {
        plan.duration = Seconds(std::max<std::int64_t>(
            1, std::llround(static_cast<double>(plan.duration.count()) * scale)));
    }
    return plan;
}

}  // namespace torii::bench
