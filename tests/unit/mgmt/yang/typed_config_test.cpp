#include "mgmt/yang/typed_config.h"

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

namespace torii::yang {
namespace {

const Schema& schema() {
    static const Schema loaded = *Schema::load(TORII_YANG_DIR);
    return loaded;
}

Configuration parse(const std::string& json) {
    auto parsed = Configuration::parse(schema(), json);
    if (!parsed) throw std::runtime_error(parsed.error().front().text());
    return std::move(*parsed);
}

std::string session(const char* more) {
    return std::string(more) + R"("description":"d","enabled":true,"passive":true,
        "update-source":"10.0.0.1","remote-port":1179,"allow-own-as":1,"shutdown-message":"bye","password":"canary",
        "local-as":{"as":65009,"no-prepend":true,"replace-as":true},
        "capability":{"extended-next-hop":true},
        "bfd":{"enabled":true,"profile":"fast"},
        "as-override":true,"next-hop-self":true,"next-hop-unchanged":true,
        "remove-private-as":"replace","send-community":"both","graceful-shutdown":true,
        "local-role":"customer","local-role-strict":true,"advertisement-interval":5,
        "enforce-first-as":true,
        "maximum-prefixes":10,"maximum-prefixes-threshold":80,
        "maximum-prefixes-warning-only":true,"maximum-prefixes-force":true,"maximum-prefixes-restart":5,
        "timers":{"hold-time":9,"keepalive":3,"connect-retry":5},
        "family":[{"name":"ipv6-unicast","enabled":true,"import-policy":["P"],
                   "export-policy":["P"], "unsuppress-policy":["P"],
                   "default-originate":{"enabled":true,"policy":["P"]},
                   "add-path":{"receive":true,"send":{"all":[null]}}},
                  {"name":"ipv4-unicast","add-path":{"send":{"best":4}}}])";
}

constexpr const char* kPlatform = R"({
    "torii-system:system": {"hostname": "tor-1",
        "user": [{"name": "ann", "role": "operator", "ssh-key": ["ssh-ed25519 AAAA ann@home"]}],
        "commit": {"history": 20, "confirm-timeout": 60, "require-comment": true},
        "logging": {"level": "warning", "file": "/var/log/torii.log",
                    "category": [{"name": "bgp", "level": "debug"}],
                    "server": [{"address": "10.0.0.6", "port": 515}]}},
    "torii-platform:platform": {
        "lcores": {"main": 1, "worker": [2, 3], "idle": "poll"}, "hugepages": {"memory": 512},
        "buffers": {"count": 65536},
        "port": [{"name": "eth1", "pci": "00:08.0", "rx-ring": 2048, "tx-ring": 512}, {"name": "eth2", "kernel": "k"},
                 {"name": "eth3", "xdp": "x"}, {"name": "eth4", "tap": "t"},
                 {"name": "eth5", "vdev": "net_null0"}]},
    "torii-interfaces:interface": [
        {"name": "eth1", "description": "d", "enabled": true, "mtu": 9000, "source-validation": "strict",
         "acl": {"in": "EDGE", "out": "EDGE"},
         "ipv4": {"address": ["10.0.0.1/24"], "unreachables": false,
                  "neighbor": [{"address": "10.0.0.7", "link-layer-address": "52:54:00:00:00:07"}]},
         "ipv6": {"address": ["fd00::1/64"], "unreachables": false,
                  "neighbor": [{"address": "fd00::7", "link-layer-address": "52:54:00:00:00:07"}]}},
        {"name": "eth1.100", "vlan": {"parent": "eth1", "id": 100}},
        {"name": "lo1", "loopback": [null]}],)";

constexpr const char* kFamily = R"({"name": "ipv6-unicast", "maximum-paths": {"ebgp": 4, "ibgp": 3},
    "network": [{"prefix": "fd00:1::/64", "unconditional": true, "policy": ["P"]}],
    "redistribute": [{"protocol": "static", "policy": ["P"], "metric": 5}],
    "aggregate-address": [
        {"prefix": "fd00::/16", "as-set": true, "origin": "egp", "policy": ["P"],
         "suppress-policy": ["P"]},
        {"prefix": "fd00::/8", "summary-only": true}]})";

// Every leaf of the model has a value here, and none is a default.
std::string full_document() {
    return std::string(kPlatform) + R"(
    "torii-routing:routing": {"router-id": "10.0.0.9",
        "kernel-routes": {"maximum-bgp": 5}, "static-route": [
        {"prefix": "10.1.0.0/16", "distance": 5, "tag": 6,
         "next-hop": [{"address": "10.0.0.2", "interface": "eth1", "weight": 7}]},
        {"prefix": "10.2.0.0/16", "discard": [null]}]},
    "torii-access:acl": [{"name": "EDGE", "rule": [
        {"sequence": 10, "action": "reject", "source": "10.0.0.0/8",
         "destination": "10.1.0.0/16", "protocol": "tcp", "source-port": "1000-2000",
         "destination-port": "80", "tcp-flags": "syn,!ack"},
        {"sequence": 5, "action": "discard", "protocol": "icmp", "icmp-type": 8}]}],
    "torii-punt:punt": {"policer": [{"class": "bgp-open", "rate": 7, "burst": 8}]},
    "torii-services:services": {"metrics": {"enabled": true, "listen": ["10.0.0.1"], "port": 9},
        "ssh": {"enabled": true, "listen": ["10.0.0.1"], "port": 2022},
        "netconf": {"enabled": true, "listen": ["10.0.0.1"], "port": 831}},
    "torii-forwarding:forwarding": {"icmp": {"rate": 9},
        "route-counters": {"prefix": ["172.16.0.0/12", "fd00::/8"], "maximum": 10}, "ecmp":
        {"hash": "l3", "symmetric": true, "selection": "threshold", "seed": 8}},
    "torii-bfd:bfd": {"profile": [{"name": "fast", "transmit-interval": 100,
        "receive-interval": 50, "detect-multiplier": 5, "passive": true}]},
    "torii-policy:policy": {
        "prefix-set": [{"name": "A", "entry": [{"sequence": 5, "action": "deny",
            "prefix": "10.0.0.0/8", "ge": 9, "le": 24}]}], "as-path-set": [{"name": "A",
            "entry": [{"sequence": 5, "action": "deny", "pattern": "_65001_"}]}],
        "community-set": [{"name": "A", "entry": [
            {"sequence": 5, "action": "deny", "member": ["65001:1"]},
            {"sequence": 6, "pattern": "_65001:2_"}]}],
        "extended-community-set": [{"name": "A", "entry": [
            {"sequence": 5, "action": "deny", "member": ["rt:65001:1"]},
            {"sequence": 6, "pattern": "RT"}]}],
        "large-community-set": [{"name": "A", "entry": [
            {"sequence": 5, "action": "deny", "member": ["1:2:3"]},
            {"sequence": 6, "pattern": "_1:"}]}],
        "policy": [{"name": "P", "default-action": "next", "statement": [{
            "sequence": 10, "description": "d", "action": "next",
            "match": {"prefix-set": "A", "next-hop-set": "A", "as-path-set": "A",
                      "community-set": "A", "extended-community-set": "A",
                      "large-community-set": "A", "exact-communities": true,
                      "neighbor": ["10.0.0.2"], "source": ["internal"], "origin": "egp",
                      "med": 1, "local-preference": 2, "tag": 3},
            "set": {"local-preference": 4, "weight": 5, "med": "+6", "origin": "incomplete",
                    "next-hop": "self", "as-path": {"prepend": "7 8", "prepend-last-as": 2},
                    "community": {"remove": "A", "clear": [null], "add": ["no-export"]},
                    "extended-community": {"remove": "A", "clear": [null], "add": ["rt:1:1"]},
                    "large-community": {"remove": "A", "clear": [null], "add": ["1:1:1"]}}}]}]},
    "torii-bgp:bgp": {
        "as": 65000, "router-id": "10.0.0.8", "listen-port": 1179, "ebgp-requires-policy": true,
        "graceful-shutdown": true, "log-neighbor-changes": false, "update-delay": {"maximum": 30, "establish-wait": 20},
        "timers": {"hold-time": 30, "keepalive": 9, "connect-retry": 4},
        "graceful-restart": {"mode": "restart", "restart-time": 60, "stale-time": 70, "selection-deferral-time": 75,
                             "long-lived": {"stale-time": 80, "stale-time-max": 90}},
        "bestpath": {"multipath-relax": true, "compare-router-id": true,
                     "always-compare-med": true, "bandwidth": "skip-missing"},
        "family": [)" +
           kFamily + R"(],
        "bmp": {"station": [{"name": "one", "address": "10.0.0.7", "port": 5000,
                             "source": "10.0.0.1", "statistics-interval": 30,
                             "buffer-limit": 8}]},
        "mrt": {"routes": {"file": "/var/lib/torii/rib.%Y", "interval": 3600},
                "updates": {"file": "/var/lib/torii/updates.%Y", "interval": 900}}, "peer-group": [{)" +
           session(R"("name":"G","remote-as":65001,"ebgp-multihop":2,)") +
           R"(}, {"name":"H","ttl-security":1}],
        "neighbor": [{)" +
           session(
               R"("address":"10.0.0.2","peer-group":"G","remote-as":"external","ebgp-multihop":2,)") +
           R"(}, {"address":"10.0.0.3","remote-as":"any","ttl-security":1}],
        "dynamic-neighbors": [{"prefix": "10.0.0.0/24", "peer-group": "G", "limit": 5}]}})";
}

TEST(TypedConfig, NoLeafOfTheModelIsAcceptedAndThenIgnored) {
    ConfigNode::Reads reads;
    (void)typed_config(parse(full_document()), &reads);
    // Leaves that no daemon takes, each with its reason. None today.
    const std::set<std::string> kNotMapped{};
    unsigned leaves = 0;
    unsigned ignored = 0;
    for (const SchemaNode& node : schema().nodes()) {
        if (!node.leaf || node.state || node.notification || kNotMapped.contains(node.path))
            continue;
        ++leaves;
        if (!reads.contains(node.path)) ++ignored;
        EXPECT_TRUE(reads.contains(node.path)) << node.path;
        reads.erase(node.path);
    }
    EXPECT_THAT(reads, testing::IsEmpty()) << "asked for, but not in the model";
    fmt::print("{} configuration leaves, accepted but not consumed: {} [0]\n", leaves, ignored);
}

void collect_unset(const google::protobuf::Message& message, const std::string& path,
                   std::set<std::string>& seen, std::set<std::string>& set) {
    const auto* descriptor = message.GetDescriptor();
    const auto* reflection = message.GetReflection();
    for (int index = 0; index < descriptor->field_count(); ++index) {
        const auto* field = descriptor->field(index);
        const std::string name = path + "." + field->name();
        seen.insert(name);
        const bool message_field = field->message_type() != nullptr;
        if (field->is_repeated()) {
            const int size = reflection->FieldSize(message, field);
            if (size > 0) set.insert(name);
            for (int entry = 0; message_field && entry < size; ++entry) {
                collect_unset(reflection->GetRepeatedMessage(message, field, entry), name, seen,
                              set);
            }
        } else if (reflection->HasField(message, field)) {
            set.insert(name);
            if (message_field) {
                collect_unset(reflection->GetMessage(message, field), name, seen, set);
            }
        }
    }
}

TEST(TypedConfig, EveryFieldOfTheDaemonsConfigurationIsFilled) {
    const TypedConfig typed = typed_config(parse(full_document()));
    std::set<std::string> seen;
    std::set<std::string> set;
    collect_unset(typed.dataplane, "dataplane", seen, set);
    collect_unset(typed.controlplane, "controlplane", seen, set);
    // A neighbor that is "external" has no number.
    seen.erase("controlplane.bgp.neighbors.session.remote_as");
    // Sets of all kinds have one kind of entries.
    for (const char* kind : {"prefix_sets", "as_path_sets", "community_sets",
                             "extended_community_sets", "large_community_sets"}) {
        const bool prefixes = std::string_view(kind) == "prefix_sets";
        const bool paths = std::string_view(kind) == "as_path_sets";
        const std::string entry = std::string("controlplane.policy.") + kind + ".entries.";
        for (const char* field : {"prefix", "ge", "le"}) {
            if (!prefixes) seen.erase(entry + field);
        }
        if (prefixes || paths) seen.erase(entry + "members");
        if (prefixes) seen.erase(entry + "pattern");
    }
    for (const std::string& field : seen) EXPECT_TRUE(set.contains(field)) << field;
}

TEST(TypedConfig, AccessListsAndPolicersArriveAsTheyAreMeant) {
    const TypedConfig typed = typed_config(parse(full_document()));
    ASSERT_EQ(typed.dataplane.access_lists_size(), 1);
    std::string list;
    google::protobuf::TextFormat::PrintToString(typed.dataplane.access_lists(0), &list);
    EXPECT_EQ(list, R"(name: "EDGE"
rules {
  sequence: 5
  action: ACCESS_DISCARD
  protocol: 1
  icmp_type: 8
}
rules {
  sequence: 10
  action: ACCESS_REJECT
  source: "10.0.0.0/8"
  destination: "10.1.0.0/16"
  protocol: 6
  source_ports {
    first: 1000
    last: 2000
  }
  destination_ports {
    first: 80
    last: 80
  }
  tcp_flags_set: 2
  tcp_flags_clear: 16
}
)");
    const ipc::PuntPolicer& policer = typed.dataplane.punt_policers(0);
    EXPECT_EQ(policer.punt_class(), "bgp_open");
    EXPECT_EQ(policer.rate(), 7U);
    EXPECT_EQ(policer.burst(), 8U);
}

constexpr const char* kLabDataplane = R"(ports {
  name: "eth1"
  xdp: "hw-eth1"
}
ports {
  name: "eth2"
  xdp: "hw-eth2"
}
ports {
  name: "eth3"
  xdp: "hw-eth3"
}
hugepage_memory_mib: 0
icmp_error_rate: 1000
logging {
  hostname: "router"
}
)";

TEST(TypedConfig, TheExampleBecomesTheRouterOfTheLab) {
    std::ifstream file(TORII_EXAMPLES_DIR "/router.json");
    std::ostringstream text;
    text << file.rdbuf();
    const TypedConfig typed = typed_config(parse(text.str()));
    std::string dataplane;
    google::protobuf::TextFormat::PrintToString(typed.dataplane, &dataplane);
    EXPECT_EQ(dataplane, kLabDataplane);
    std::string bgp;
    google::protobuf::TextFormat::PrintToString(typed.controlplane.bgp(), &bgp);
    EXPECT_EQ(bgp, R"(as: 65000
router_id: "192.168.10.200"
listen_port: 179
multipath_relax: true
graceful_restart: GRACEFUL_RESTART_RESTART
restart_time: 120
stale_time: 360
hold_time: 90
keepalive: 30
connect_retry: 10
families {
  maximum_paths_ebgp: 4
  maximum_paths_ibgp: 1
  networks {
    prefix: "10.10.1.0/24"
  }
}
peer_groups {
  name: "CILIUM"
  session {
    remote_as_kind: REMOTE_AS_EXTERNAL
    passive: true
  }
}
neighbors {
  address: "192.168.10.100"
  peer_group: "CILIUM"
  session {
  }
}
neighbors {
  address: "192.168.10.101"
  peer_group: "CILIUM"
  session {
  }
}
neighbors {
  address: "192.168.20.100"
  peer_group: "CILIUM"
  session {
  }
}
long_lived_stale_time_max: 16777215
log_neighbor_changes: true
selection_deferral_time: 15
)");
    const auto& interfaces = typed.controlplane.interfaces();
    ASSERT_EQ(interfaces.size(), 5);
    EXPECT_EQ(interfaces[0].addresses(0), "192.168.10.200/24") << "host bits are kept";
    EXPECT_TRUE(interfaces[0].enabled());
    EXPECT_FALSE(interfaces[0].loopback());
    EXPECT_TRUE(interfaces[3].loopback());
    EXPECT_EQ(typed.controlplane.hostname(), "router");
}

TEST(TypedConfig, KeepaliveIsAThirdOfTheHoldTimeAndTheRouterIdIsShared) {
    const TypedConfig typed = typed_config(parse(R"({
        "torii-routing:routing": {"router-id": "10.0.0.9"},
        "torii-bgp:bgp": {"as": 1, "timers": {"hold-time": 9}}})"));
    EXPECT_EQ(typed.controlplane.bgp().keepalive(), 3U);
    EXPECT_EQ(typed.controlplane.bgp().router_id(), "10.0.0.9");
}

TEST(TypedConfig, WithoutBgpThereIsNoBgp) {
    EXPECT_FALSE(typed_config(parse("{}")).controlplane.has_bgp());
    EXPECT_THAT(typed_config(parse("{}")).management.metrics.listen, testing::IsEmpty());
}

TEST(TypedConfig, UsersAndListenersArriveAsTheyAreMeant) {
    const ManagementConfig management = typed_config(parse(full_document())).management;
    EXPECT_THAT(management.users,
                testing::ElementsAre(UserConfig{"ann", "operator", {"ssh-ed25519 AAAA ann@home"}}));
    EXPECT_EQ(management.ssh, (SshConfig{true, {*IpAddress::parse("10.0.0.1")}, 2022}));
    EXPECT_EQ(management.netconf.port, 831);
    EXPECT_EQ(management.logging.level(), ipc::LOGGING_WARNING);
    EXPECT_EQ(management.logging.servers(0).port(), 515U);
    const ManagementConfig none = typed_config(parse("{}")).management;
    EXPECT_FALSE(none.ssh.enabled || none.netconf.enabled);
    EXPECT_EQ(none.logging.level(), ipc::LOGGING_AS_STARTED);
}

std::string refusal(const std::string& json) {
    const auto parsed = Configuration::parse(schema(), json);
    return parsed ? "" : parsed.error().front().text();
}

TEST(TypedConfig, AnSshServerNeedsSomebodyWhoMayLogIn) {
    const std::string on = R"("torii-services:services": {"ssh": {"enabled": true}})";
    EXPECT_THAT(refusal("{" + on + "}"), testing::HasSubstr("need a system user with an ssh-key"));
    const std::string ann = R"("torii-system:system": {"user": [{"name": "ann", "role": "viewer",
        "ssh-key": ["ssh-ed25519 AAAA"]}]})";
    EXPECT_EQ(refusal("{" + on + "," + ann + "}"), "");
    EXPECT_THAT(refusal("{" + ann + R"(, "torii-services:services": {
        "ssh": {"enabled": true, "port": 830}, "netconf": {"enabled": true}}})"),
                testing::HasSubstr("the same port"));
    EXPECT_THAT(refusal(R"({"torii-system:system": {"user": [{"name": "ann", "role": "viewer",
        "ssh-key": ["AAAA"]}]}})"),
                testing::HasSubstr("must be a public key"));
}

TEST(TypedConfig, TheKernelGetsAHundredThousandRoutesOfBgpAndMayGetNone) {
    EXPECT_EQ(typed_config(parse("{}")).controlplane.kernel_maximum_bgp(), 100'000U);
    const TypedConfig none =
        typed_config(parse(R"({"torii-routing:routing": {"kernel-routes": {"maximum-bgp": 0}}})"));
    EXPECT_TRUE(none.controlplane.has_kernel_maximum_bgp());
    EXPECT_EQ(none.controlplane.kernel_maximum_bgp(), 0U);
}

}  // namespace
}  // namespace torii::yang
