#pragma once

#include "dataplane/fib/forwarding_table.h"
#include "tests/unit/dataplane/fib/deferred_reclaimer.h"
#include "tests/unit/dataplane/support/frames.h"

#include <gtest/gtest.h>

#include <string>

namespace torii::test {

[[nodiscard]] inline Prefix prefix(const std::string& text) {
    return Prefix::parse(text).value();
}
[[nodiscard]] inline fib::NextHop gateway(std::uint32_t id, const std::string& text, PortId port) {
    return {id, fib::NextHopKind::gateway, address(text), "eth" + std::to_string(port), port};
}

class TableTest : public ::testing::Test {
protected:
    void apply(const fib::FibTransaction& transaction) {
        const Result<void> applied = table_.apply(transaction);
        ASSERT_TRUE(applied) << applied.error().message;
    }
    [[nodiscard]] std::string error_of(const fib::FibTransaction& transaction) {
        const Result<void> applied = table_.apply(transaction);
        return applied ? "no error" : applied.error().message;
    }
    // Group 1 on port 1 for 10.1.0.0/16 and fd01::/64, group 2 on port 2 for 10.2.0.0/16.
    [[nodiscard]] static fib::FibTransaction base() {
        fib::FibTransaction transaction;
        transaction.next_hops = {gateway(1, "192.0.2.1", 1), gateway(2, "192.0.2.2", 2)};
        transaction.groups = {{1, {{1, 1}}}, {2, {{2, 1}}}};
        transaction.routes = {
            {prefix("10.1.0.0/16"), 1}, {prefix("10.2.0.0/16"), 2}, {prefix("fd01::/64"), 1}};
        return transaction;
    }
    [[nodiscard]] const fib::GroupTable* group_of(const std::string& text) const {
        const IpAddress to = address(text);
        return table_.group(to.is_v4() ? table_.lookup_v4(to.v4_number())
                                       : table_.lookup_v6(to.octets().data()));
    }
    [[nodiscard]] const fib::Member& member_of(const std::string& text) const {
        return group_of(text)->select(0);
    }
    [[nodiscard]] PortId port_of(const std::string& text) const { return member_of(text).port; }

    DeferredReclaimer reclaimer_;
    fib::ForwardingTable table_{reclaimer_, 2};
};

}  // namespace torii::test
