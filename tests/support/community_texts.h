#pragma once

#include <array>
#include <string_view>
#include <vector>

// How communities are written in policies: what the model takes, the control plane must take, too,
// and what the control plane refuses, the model must refuse.
namespace torii::test {

struct CommunityTexts {
    const char* kind;  // as in "KIND-set"
    std::vector<std::string_view> exact;
    std::vector<std::string_view> members;  // of sets only: with a *
    std::vector<std::string_view> bad;
};

inline const std::array<CommunityTexts, 3> kCommunityTexts{
    CommunityTexts{
        "community",
        {"0:0", "65001:100", "65535:65535", "9999:60000", "65499:65535", "no-export",
         "no-advertise", "local-AS", "no-peer", "blackhole", "graceful-shutdown", "llgr-stale",
         "no-llgr"},
        {"*:*", "65001:*", "*:100"},
        {"", "65536:1", "1:65536", "70000:1", "1:99999", "1:123456", "65001", "*", "1:2:3",
         "no-such-name", "1:", ":1", "-1:1", "1:1 ", "1: 1", "a:1", "1:1*", "internet"}},
    CommunityTexts{
        "extended-community",
        {"rt:65001:100", "RT:65535:4294967295", "soo:65536:65535", "SoO:4294967295:0",
         "rt:192.0.2.1:65535", "lb:65001:125000", "LB:65535:12500000000", "lb:1:0.5", "lb:0:0"},
        {"rt:*:*", "rt:65001:*", "rt:*:4294967295", "soo:4294967295:*", "rt:192.0.2.1:*", "lb:*:1",
         "lb:1:*"},
        {"", "rt:65001", "rt:1:2:3", "rt:65536:65536", "rt:4294967296:1", "rt:1:4294967296",
         "soo:70000:99999", "rt:192.0.2.1:65536", "rt:192.0.2.256:1", "xx:1:1", "*:1:1",
         "lb:65536:1", "lb:1:-1", "lb:1:fast", "lb:192.0.2.1:1", "65001:100", "rt::1"}},
    CommunityTexts{"large-community",
                   {"0:0:0", "65001:1:2", "4294967295:4294967295:4294967295", "4199999999:1:1"},
                   {"*:*:*", "65001:*:2", "4294967295:1:*"},
                   {"", "1:2", "1:2:3:4", "4294967296:1:1", "1:4300000000:1", "1:1:9999999999",
                    "1:1:12345678901", "no-export", "1::3", "a:1:1", "1:1:-1"}},
};

}  // namespace torii::test
