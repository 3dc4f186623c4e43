#include "dataplane/server/access_lists.h"

#include <gmock/gmock.h>

namespace torii::dataplane {
namespace {

using ::testing::HasSubstr;

ipc::AccessRule rule(std::uint32_t sequence) {
    ipc::AccessRule message;
    message.set_sequence(sequence);
    return message;
}

std::string refusal(const ipc::AccessRule& one) {
    ipc::DataplaneConfig message;
    ipc::AccessList& list = *message.add_access_lists();
    list.set_name("EDGE");
    *list.add_rules() = one;
    const auto read = read_access_lists(message);
    return read ? "accepted" : read.error().message;
}

TEST(AccessListsConfig, RulesAreReadAndSorted) {
    ipc::DataplaneConfig message;
    ipc::AccessList& list = *message.add_access_lists();
    list.set_name("EDGE");
    *list.add_rules() = rule(20);
    ipc::AccessRule& first = *list.add_rules();
    first = rule(10);
    first.set_action(ipc::ACCESS_REJECT);
    first.set_source("10.0.0.0/8");
    first.set_protocol(6);
    first.mutable_destination_ports()->set_first(80);
    first.mutable_destination_ports()->set_last(90);
    first.set_tcp_flags_set(2);
    first.set_tcp_flags_clear(16);
    const auto read = read_access_lists(message).value();
    ASSERT_EQ(read.size(), 1U);
    const pipeline::AccessRule& got = read[0].rules.at(0);
    EXPECT_EQ(got.sequence, 10U);
    EXPECT_EQ(got.action, pipeline::AccessAction::reject);
    EXPECT_EQ(got.source, Prefix::parse("10.0.0.0/8").value());
    EXPECT_EQ(got.destination_ports, (pipeline::PortRange{80, 90}));
    EXPECT_EQ(got.tcp_flags_set, 2);
    EXPECT_EQ(read[0].rules.at(1), (pipeline::AccessRule{.sequence = 20}));
}

TEST(AccessListsConfig, ErrorsNameTheRule) {
    ipc::AccessRule bad = rule(7);
    bad.set_source("10.0.0.0/8");
    bad.set_destination("fd00::/8");
    EXPECT_THAT(refusal(bad), HasSubstr("acl EDGE rule 7: source, destination and protocol are"));
    bad = rule(7);
    bad.set_source("10.0.0.0/8");
    bad.set_protocol(58);
    EXPECT_THAT(refusal(bad), HasSubstr("different address families"));
    bad = rule(7);
    bad.set_source("10.0.0.1/8");
    EXPECT_THAT(refusal(bad), HasSubstr("acl EDGE rule 7: "));
    bad = rule(7);
    bad.mutable_source_ports()->set_first(90);
    bad.mutable_source_ports()->set_last(80);
    EXPECT_THAT(refusal(bad), HasSubstr("no ports 90 to 80"));
    bad = rule(7);
    bad.set_tcp_flags_set(2);
    bad.set_tcp_flags_clear(2);
    EXPECT_THAT(refusal(bad), HasSubstr("no packet would fit"));
    EXPECT_EQ(refusal(rule(7)), "accepted");
}

TEST(AccessListsConfig, AnInterfaceNamesAListThatIsThere) {
    ipc::DataplaneConfig message;
    ipc::PortConfig& port = *message.add_ports();
    port.set_name("eth1");
    port.set_acl_in("NONE");
    EXPECT_THAT(read_access_lists(message).error().message,
                HasSubstr("port eth1: there is no acl NONE"));
}

}  // namespace
}  // namespace torii::dataplane
