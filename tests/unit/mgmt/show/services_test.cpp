#include "mgmt/show/services.h"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::show {
namespace {

RouterState state() {
    RouterState out;
    out.now = 1'700'000'000;
    out.processes = {
        {"mgmtd", true, 7, 1'699'999'398, 12'897'485, 0, 4711, 1234},
        {"dataplane", false, 0, 0, 0, 2},
        {"platformd", true, std::nullopt, 1'699'900'000, 1'048'576, std::nullopt, 12, 0}};
    out.services = {{"metrics", "127.0.0.1", 9342, "tcp", "listening"},
                    {"syslog", "192.0.2.9", 514, "udp", "sending"}};
    return out;
}

TEST(Services, AreTwoTables) {
    EXPECT_EQ(services_text(state()),
              "Process    State     Pid  Uptime    Restarts  Memory    CPU time  Configuration\n"
              "mgmtd      running  4711  00:10:02         0  12.3 MiB  1.2 s                 7\n"
              "dataplane  down        -  -                2  -         -                     0\n"
              "platformd  running    12  1d03h46m         -  1.0 MiB   0.0 s                 -\n"
              "\n"
              "Service  Address    Port  Protocol  State\n"
              "metrics  127.0.0.1  9342  tcp       listening\n"
              "syslog   192.0.2.9   514  udp       sending\n");
    RouterState without = state();
    without.services.clear();
    EXPECT_THAT(services_text(without), testing::Not(testing::HasSubstr("Service")));
}

TEST(Services, InJsonWhatIsNotKnownIsNotThere) {
    EXPECT_EQ(boost::json::serialize(services_json(state())),
              R"({"processes":[{"name":"mgmtd","running":true,"pid":4711,"uptimeSeconds":602,)"
              R"("residentMemory":12897485,"cpuMilliseconds":1234,"restarts":0,"configVersion":7},)"
              R"({"name":"dataplane","running":false,"restarts":2,"configVersion":0},)"
              R"({"name":"platformd","running":true,"pid":12,"uptimeSeconds":100000,)"
              R"("residentMemory":1048576,"cpuMilliseconds":0}],)"
              R"("services":[{"name":"metrics","address":"127.0.0.1","port":9342,)"
              R"("transport":"tcp","state":"listening"},{"name":"syslog","address":"192.0.2.9",)"
              R"("port":514,"transport":"udp","state":"sending"}]})");
}

}  // namespace
}  // namespace torii::show
