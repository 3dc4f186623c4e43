#include "dataplane/server/fib_messages.h"

#include <gmock/gmock.h>

namespace torii::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kAddress("\x0a\x00\x00\x02", 4);
const std::string kNetwork("\x0a\x00\x00\x00", 4);

std::string refusal(const ipc::FibUpdate& update) {
    const auto transaction = read_update(update);
    return transaction ? "accepted" : transaction.error().message;
}

TEST(FibMessages, ReadsAWholeUpdate) {
    ipc::FibUpdate update;
    update.set_begin_sync(true);
    ipc::NextHop& gateway = *update.add_next_hops();
    gateway.set_id(1);
    gateway.set_kind(ipc::NEXT_HOP_GATEWAY);
    gateway.set_address(kAddress);
    gateway.set_interface("eth1");
    ipc::NextHop& local = *update.add_next_hops();
    local.set_id(2);
    local.set_kind(ipc::NEXT_HOP_LOCAL);
    ipc::NextHopGroup& group = *update.add_groups();
    group.set_id(5);
    group.add_members()->set_next_hop_id(1);
    group.mutable_members(0)->set_weight(3);
    ipc::FibRoute& route = *update.add_routes();
    route.mutable_prefix()->set_address(kNetwork);
    route.mutable_prefix()->set_length(8);
    route.set_group_id(5);
    update.add_removed_routes()->set_address(kNetwork);
    update.mutable_removed_routes(0)->set_length(16);
    update.add_removed_groups(6);
    update.add_removed_next_hops(7);

    const fib::FibTransaction transaction = read_update(update).value();
    EXPECT_TRUE(transaction.begin_sync);
    EXPECT_FALSE(transaction.end_sync);
    EXPECT_THAT(transaction.next_hops,
                ElementsAre(fib::NextHop{1, fib::NextHopKind::gateway, IpAddress::v4(0x0a000002),
                                         "eth1", kNoPort},
                            fib::NextHop{2, fib::NextHopKind::local, {}, "", kNoPort}));
    EXPECT_THAT(transaction.groups, ElementsAre(fib::NextHopGroup{5, {{1, 3}}}));
    EXPECT_THAT(transaction.routes,
                ElementsAre(fib::FibRoute{Prefix::parse("10.0.0.0/8").value(), 5}));
    EXPECT_THAT(transaction.removed_routes, ElementsAre(Prefix::parse("10.0.0.0/16").value()));
    EXPECT_THAT(transaction.removed_groups, ElementsAre(6));
    EXPECT_THAT(transaction.removed_next_hops, ElementsAre(7));
}

TEST(FibMessages, EveryKindComesBack) {
    for (const auto kind : {ipc::NEXT_HOP_GATEWAY, ipc::NEXT_HOP_ATTACHED, ipc::NEXT_HOP_LOCAL,
                            ipc::NEXT_HOP_DISCARD, ipc::NEXT_HOP_REJECT}) {
        ipc::FibUpdate update;
        ipc::NextHop& next_hop = *update.add_next_hops();
        next_hop.set_id(1);
        next_hop.set_kind(kind);
        next_hop.set_address(kAddress);
        next_hop.set_interface("eth1");
        EXPECT_EQ(to_proto(read_update(update).value().next_hops.at(0).kind), kind);
    }
}

TEST(FibMessages, NamesTheObjectThatCannotBe) {
    ipc::FibUpdate update;
    ipc::NextHop& next_hop = *update.add_next_hops();
    next_hop.set_id(9);
    next_hop.set_interface("eth1");
    next_hop.set_address("abc");
    EXPECT_THAT(refusal(update), HasSubstr("next hop 9"));
    next_hop.set_address(kAddress);
    EXPECT_EQ(refusal(update), "accepted");
    next_hop.clear_interface();
    EXPECT_THAT(refusal(update), HasSubstr("next hop 9: no interface"));
    next_hop.set_kind(static_cast<ipc::NextHopKind>(77));
    EXPECT_THAT(refusal(update), HasSubstr("unknown kind 77"));
}

TEST(FibMessages, RefusesPrefixesThatAreNone) {
    ipc::FibUpdate update;
    update.add_removed_routes()->set_address(kNetwork);
    update.mutable_removed_routes(0)->set_length(33);
    EXPECT_NE(refusal(update), "accepted");
    update.mutable_removed_routes(0)->set_length(32);
    EXPECT_EQ(refusal(update), "accepted");
}

}  // namespace
}  // namespace torii::dataplane
