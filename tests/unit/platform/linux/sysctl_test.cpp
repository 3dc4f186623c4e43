#include "platform/linux/sysctl.h"

#include "tests/unit/platform/linux/fresh_namespace.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

namespace torii {
namespace {

using Sysctl = netlink::FreshNamespace;

TEST_F(Sysctl, WritesTheValueOfThisNamespace) {
    for (const std::string value : {"1", "0"}) {
        const auto written = set_sysctl("net/ipv4/ip_forward", value);
        ASSERT_TRUE(written) << written.error().message;
        std::string now;
        std::ifstream("/proc/sys/net/ipv4/ip_forward") >> now;
        EXPECT_EQ(now, value);
    }
}

TEST_F(Sysctl, SaysWhatItCannotWrite) {
    const auto missing = set_sysctl("net/ipv4/missing", "1");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, ::testing::HasSubstr("/proc/sys/net/ipv4/missing"));
    EXPECT_FALSE(set_sysctl("net/ipv4/ip_forward", "maybe"));
}

}  // namespace
}  // namespace torii
