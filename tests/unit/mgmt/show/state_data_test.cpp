#include "mgmt/show/state_data.h"

#include "mgmt/show/table_data.h"
#include "mgmt/yang/data_tree.h"
#include "mgmt/yang/schema.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace torii::show {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

// Gives every field of a message a value that is not its default.
void fill(google::protobuf::Message& message) {
    using Field = google::protobuf::FieldDescriptor;
    const auto* reflection = message.GetReflection();
    for (int index = 0; index < message.GetDescriptor()->field_count(); ++index) {
        const Field* field = message.GetDescriptor()->field(index);
        if (field->is_repeated()) {
            if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
                fill(*reflection->AddMessage(&message, field));
            }
            continue;
        }
        switch (field->cpp_type()) {
            case Field::CPPTYPE_UINT32: reflection->SetUInt32(&message, field, 7); break;
            case Field::CPPTYPE_UINT64: reflection->SetUInt64(&message, field, 8); break;
            case Field::CPPTYPE_BOOL: reflection->SetBool(&message, field, true); break;
            case Field::CPPTYPE_STRING: reflection->SetString(&message, field, "text"); break;
            case Field::CPPTYPE_MESSAGE: fill(*reflection->MutableMessage(&message, field)); break;
            default: break;
        }
    }
}

constexpr std::int64_t kNow = 1'700'000'000;

RouterState full_state() {
    RouterState state;
    state.now = kNow;
    state.version = "1.0";
    state.processes = {{"controlplane", true, 3, 1'600'000'000, 50'000'000, 2, 4711, 1500}};
    state.services = {{"metrics", "127.0.0.1", 9100, "tcp", "listening"}};
    state.alarms = {{"daemon dataplane", "major", 1'700'000'000, "does not run"}};
    state.commits = {{3, 1'700'000'000, "admin", "netconf", "why", 2}};
    state.restart_pending = {"platform buffers count"};
    fill(state.controlplane.emplace());
    fill(state.neighbors.emplace());
    fill(state.dataplane.emplace());
    fill(state.ports.emplace());
    state.neighbors->mutable_neighbors(0)->set_address("192.0.2.2");
    state.neighbors->mutable_neighbors(0)->set_state("Established");
    state.neighbors->mutable_neighbors(0)->mutable_prefixes(0)->set_family(ipc::IPV6_UNICAST);
    state.ports->mutable_ports(0)->set_name("eth1");
    fill(state.policies.emplace());
    fill(state.workers.emplace());
    state.workers->mutable_workers(0)->add_ports("eth1");
    fill(state.punts.emplace());
    fill(state.bfd_sessions.emplace());
    state.bfd_sessions->mutable_sessions(0)->set_state("admin down");
    fill(state.drops.emplace());
    fill(state.groups.emplace());
    state.groups->mutable_groups(0)->mutable_members(0)->set_address(std::string("\012\0\0\1", 4));
    fill(state.counted);
    ipc::IpPrefix& prefix = *state.counted.mutable_routes(0)->mutable_prefix();
    prefix.set_address(std::string("\012\000\000\000", 4));
    prefix.set_length(8);
    return state;
}

// The paths of all leaves, as in SchemaNode.
void collect(const json::value& value, const std::string& path, std::set<std::string>& out) {
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            const std::string_view key(member.key());
            const auto colon = key.find(':');
            const std::string_view name = colon == key.npos ? key : key.substr(colon + 1);
            collect(member.value(),
                    path.empty() ? std::string(name) : fmt::format("{}/{}", path, name), out);
        }
    } else if (const auto* array = value.if_array()) {
        for (const json::value& entry : *array) collect(entry, path, out);
    } else {
        out.insert(path);
    }
}

// Of the lists that are read on demand.
std::vector<json::object> full_tables() {
    ipc::Routes routes;
    fill(routes);
    ipc::RouteEntry& route = *routes.mutable_routes(0);
    route.set_prefix("10.0.0.0/8");
    route.set_protocol("bgp");
    route.mutable_next_hops(0)->set_address("192.0.2.2");
    ipc::BgpTable table;
    fill(table);
    table.mutable_entries(0)->set_prefix("2001:db8::/32");
    ipc::BgpPath& path = *table.mutable_entries(0)->mutable_paths(0);
    for (const char* text : {"65000:1", "65000:2"}) {
        path.add_communities(text);
        path.add_large_communities(text);
        path.add_extended_communities(text);
    }
    return {routes_data(routes, kNow), paths_data(table, kNow),
            received_paths_data("192.0.2.2", table, kNow),
            advertised_paths_data("192.0.2.2", table, kNow)};
}

TEST(StateData, EveryStateLeafOfTheModelIsProduced) {
    std::set<std::string> produced;
    collect(state_data(full_state()), "", produced);
    for (const json::object& table : full_tables()) collect(table, "", produced);
    unsigned seen = 0;
    for (const yang::SchemaNode& node : schema().nodes()) {
        if (!node.state || !node.leaf) continue;
        ++seen;
        EXPECT_TRUE(produced.contains(node.path)) << node.path;
    }
    EXPECT_GT(seen, 40U);
}

TEST(StateData, TheModelTakesWhatIsProduced) {
    yang::DataTree tree(schema());
    const auto added = tree.add(json::serialize(state_data(full_state())));
    ASSERT_TRUE(added) << added.error().message;
    const std::string xml = tree.xml();
    EXPECT_THAT(xml, HasSubstr("<address>192.0.2.2</address><state><session>established</session>"
                               "<since>2023-11-14T22:13:12Z</since>"));
    EXPECT_THAT(xml, HasSubstr("<name>ipv6-unicast</name><prefixes-received>8<"));
    EXPECT_THAT(xml, HasSubstr("<name>eth1</name><state><oper-status>up</oper-status>"));
}

TEST(StateData, TheModelTakesTables) {
    yang::DataTree tree(schema());
    for (const json::object& table : full_tables()) {
        const auto added = tree.add(json::serialize(table));
        ASSERT_TRUE(added) << added.error().message;
    }
    const std::string xml = tree.xml();
    EXPECT_THAT(xml, HasSubstr("<route><prefix>10.0.0.0/8</prefix><protocol>bgp</protocol>"));
    EXPECT_THAT(xml, HasSubstr("<next-hop><address>192.0.2.2</address>"));
    EXPECT_THAT(xml,
                HasSubstr("<path><family>ipv6-unicast</family><prefix>2001:db8::/32</prefix>"));
    EXPECT_THAT(xml, HasSubstr("<address>192.0.2.2</address><state><received-path>"));
    EXPECT_THAT(xml, HasSubstr("<advertised-path><family>ipv6-unicast</family>"));
}

TEST(StateData, WhoDoesNotAnswerIsLeftOut) {
    RouterState state;
    state.processes = {{"controlplane", false, 0, 0, 0, 0}, {"platformd", false}};
    const json::object data = state_data(state);
    EXPECT_EQ(json::serialize(data),
              R"({"torii-system:system":{"state":{"version":"","process":[)"
              R"({"name":"controlplane","running":false,"config-version":"0","restarts":"0"},)"
              R"({"name":"platformd","running":false}]}}})");
    yang::DataTree tree(schema());
    EXPECT_TRUE(tree.add(json::serialize(data)));
}

TEST(StateData, EveryStateOfASessionHasItsName) {
    RouterState state = full_state();
    for (const auto& [shown, name] :
         std::vector<std::pair<std::string, std::string>>{{"Idle", "idle"},
                                                          {"Connect", "connect"},
                                                          {"Active", "active"},
                                                          {"OpenSent", "open-sent"},
                                                          {"OpenConfirm", "open-confirm"},
                                                          {"Established", "established"},
                                                          {"Idle (Admin)", "disabled"},
                                                          {"Idle (PfxCt)", "limited"}}) {
        state.neighbors->mutable_neighbors(0)->set_state(shown);
        const std::string text = json::serialize(state_data(state));
        EXPECT_THAT(text, HasSubstr("\"session\":\"" + name + "\""));
        yang::DataTree tree(schema());
        EXPECT_TRUE(tree.add(text)) << shown;
    }
}

}  // namespace
}  // namespace torii::show
