#include "mgmt/frr/report.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::frr {
namespace {

TEST(Report, SaysWhatBecameOfEachLine) {
    const Conversion conversion = convert(
        "log syslog informational\n!\nrouter bgp 65000\n neighbor LAB peer-group\n"
        " neighbor LAB route-reflector-client\n neighbor LAB timers 30 9\n");
    EXPECT_EQ(report(conversion, {{3, "bgp: needs a router-id here or in routing"}}),
              R"(Line  FRR                                           Here
   1  log syslog informational                      - nothing to set: the daemons log to the journal, as they are started
   3  router bgp 65000                              set bgp as 65000
                                                    set bgp family ipv4-unicast
   4  neighbor LAB peer-group                       set bgp peer-group LAB
   5  neighbor LAB route-reflector-client           ! not supported: route reflection
   6  neighbor LAB timers 30 9                      set bgp peer-group LAB timers hold-time 9
                                                    set bgp peer-group LAB timers keepalive 3
                                                      (FRR, too, keeps alive every 3 s: a third of the hold time)
      FRR's defaults that are not ours              set bgp timers hold-time 180
                                                    set bgp timers keepalive 60
                                                    set bgp timers connect-retry 120
                                                    set bgp family ipv4-unicast maximum-paths ebgp 64
                                                    set bgp family ipv4-unicast maximum-paths ibgp 64

Before this can be committed:
  line 3: bgp: needs a router-id here or in routing

5 lines: 3 mapped, 1 with nothing to set, 1 not supported.
)");
}

TEST(Report, IsThereAsJson) {
    const auto value = report_json(convert("hostname one\nmpls ldp\n"), {});
    EXPECT_EQ(boost::json::serialize(value),
              R"({"lines":[{"line":1,"text":"hostname one","fate":"mapped","note":"",)"
              R"("commands":["set system hostname one"]},)"
              R"({"line":2,"text":"mpls ldp","fate":"unsupported","note":"MPLS","commands":[]}],)"
              R"("defaults":[],"remaining":[]})");
}

}  // namespace
}  // namespace torii::frr
