#include "mgmt/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace torii::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

Controlplane controlplane() {
    Controlplane out;
    out.status.set_config_version(6);
    out.status.set_started_unix_seconds(1000);
    out.status.set_resident_memory(4096);
    out.status.set_bgp_routes(12);
    out.status.set_fib_version_sent(9);
    out.status.set_fib_version_acknowledged(7);
    out.status.set_dataplane_connected(true);
    auto* up = out.neighbors.add_neighbors();
    up->set_address("192.168.10.100");
    up->set_peer_group("CILIUM");
    up->set_remote_as(65001);
    up->set_description("rack \"1\"\\a");
    up->set_state("Established");
    up->set_established_count(2);
    up->mutable_received()->set_updates(5);
    auto* counts = up->add_prefixes();
    counts->set_family(ipc::IPV4_UNICAST);
    counts->set_received(3);
    counts->set_accepted(2);
    auto* down = out.neighbors.add_neighbors();
    down->set_address("fd00::2");
    down->set_state("Active");
    return out;
}

Dataplane dataplane() {
    Dataplane out;
    out.status.set_routes_v4(100);
    out.status.set_tables_v6_max(65536);
    out.status.set_config_version(7);
    auto* port = out.ports.add_ports();
    port->set_name("eth1");
    port->set_link_up(true);
    port->set_rx_packets(18446744073709551615U);
    auto* drop = out.drops.add_drops();
    drop->set_reason("no_route");
    drop->set_packets(4);
    auto* of_port = drop->add_ports();
    of_port->set_port("eth1");
    of_port->set_worker(1);
    of_port->set_packets(3);
    auto* punt = out.punts.add_punts();
    punt->set_punt_class("bgp");
    punt->set_limited(1);
    auto* session = out.bfd_sessions.add_sessions();
    session->mutable_path()->set_peer("192.168.10.100");
    session->set_state("up");
    auto* worker = out.workers.add_workers();
    worker->set_worker(1);
    worker->set_cpu(3);
    worker->set_dropped_packets(6);
    auto* latency = worker->mutable_latency();
    latency->set_samples(7);
    latency->set_sum(2'000'000'500);
    const std::pair<std::uint64_t, std::uint64_t> intervals[] = {
        {511, 3}, {575, 1}, {1023, 2}, {1'073'741'823, 1}};
    for (const auto& [upper, samples] : intervals) {
        auto* interval = latency->add_intervals();
        interval->set_upper(upper);
        interval->set_samples(samples);
    }
    auto* route = out.counted.add_routes();
    route->mutable_prefix()->set_address(std::string("\012\000\000\000", 4));
    route->mutable_prefix()->set_length(8);
    route->set_packets(5);
    route->set_octets(500);
    return out;
}

const Management kManagement{"1.2", 7, 3, 1234};

TEST(Metrics, SayWhatTheDaemonsSay) {
    const std::string got = text(kManagement, controlplane(), dataplane());
    for (const char* line :
         {"torii_build_info{version=\"1.2\"} 1\n",
          "torii_config_version 7\n",
          "torii_commits_total 3\n",
          "torii_last_commit_timestamp_seconds 1234\n",
          "torii_process_up{process=\"controlplane\"} 1\n",
          "torii_process_config_lag{process=\"controlplane\"} 1\n",
          "torii_process_config_lag{process=\"dataplane\"} 0\n",
          "torii_process_resident_memory_bytes{process=\"controlplane\"} 4096\n",
          "torii_bgp_peer_up{peer=\"192.168.10.100\",group=\"CILIUM\"} 1\n",
          "torii_bgp_peer_up{peer=\"fd00::2\",group=\"\"} 0\n",
          "description=\"rack \\\"1\\\"\\\\a\"} 1\n",
          "torii_bgp_peer_received_messages_total{peer=\"192.168.10.100\",type=\"update\"} 5\n",
          "torii_bgp_peer_accepted_prefixes{peer=\"192.168.10.100\",group=\"CILIUM\","
          "family=\"ipv4\"} 2\n",
          "torii_rib_bgp_routes 12\n",
          "torii_fib_updates_pending 2\n",
          "torii_fib_routes{family=\"ipv4\"} 100\n",
          "torii_fib_tables_limit{family=\"ipv6\"} 65536\n",
          "torii_port_received_packets_total{port=\"eth1\"} 18446744073709551615\n",
          "torii_dropped_packets_total{reason=\"no_route\"} 4\n",
          "torii_port_dropped_packets_total{port=\"eth1\",worker=\"1\",reason=\"no_route\"} 3\n",
          "torii_worker_dropped_packets_total{worker=\"1\",cpu=\"3\"} 6\n",
          "torii_punt_limited_packets_total{class=\"bgp\"} 1\n",
          "torii_forwarding_latency_seconds_bucket{worker=\"1\",le=\"5.12e-07\"} 3\n",
          "torii_forwarding_latency_seconds_bucket{worker=\"1\",le=\"1.024e-06\"} 6\n",
          "torii_forwarding_latency_seconds_bucket{worker=\"1\",le=\"0.134218\"} 6\n",
          "torii_forwarding_latency_seconds_bucket{worker=\"1\",le=\"+Inf\"} 7\n",
          "torii_forwarding_latency_seconds_sum{worker=\"1\"} 2.000000500\n",
          "torii_forwarding_latency_seconds_count{worker=\"1\"} 7\n",
          "torii_route_packets_total{prefix=\"10.0.0.0/8\"} 5\n",
          "torii_route_bytes_total{prefix=\"10.0.0.0/8\"} 500\n",
          "torii_bfd_session_up{peer=\"192.168.10.100\"} 1\n"}) {
        EXPECT_THAT(got, HasSubstr(line));
    }
}

TEST(Metrics, ADaemonThatDoesNotAnswerHasNoSamples) {
    const std::string got = text(kManagement, std::nullopt, std::nullopt);
    EXPECT_THAT(got, HasSubstr("torii_process_up{process=\"dataplane\"} 0\n"));
    EXPECT_THAT(got, Not(HasSubstr("torii_bgp_")));
    EXPECT_THAT(got, Not(HasSubstr("torii_port_")));
    EXPECT_THAT(got, Not(HasSubstr("start_time_seconds{")));
}

// What the format demands: each family once, HELP and TYPE before its samples, all of them below;
// no sample twice; counters end in _total.
TEST(Metrics, KeepToTheFormat) {
    std::istringstream in(text(kManagement, controlplane(), dataplane()));
    std::map<std::string, std::string> types;
    std::set<std::string> samples;
    std::string current;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string first;
        std::string second;
        std::string name;
        std::string type;
        words >> first;
        if (first == "#") {
            words >> second >> name >> type;
            if (second != "TYPE") continue;
            EXPECT_TRUE(types.emplace(name, type).second) << name;
            EXPECT_EQ(name.ends_with("_total"), type == "counter") << name;
            current = name;
            continue;
        }
        std::string of = line.substr(0, line.find_first_of("{ "));
        if (types[current] == "histogram") of = of.substr(0, of.rfind('_'));
        EXPECT_EQ(of, current);
        EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
    EXPECT_GT(types.size(), 30U);
}

}  // namespace
}  // namespace torii::metrics
