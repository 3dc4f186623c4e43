#include "platform/platformd/rights.h"

#include "platform/base/durable_file.h"
#include "tests/support/temporary_folder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace torii::platformd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr pid_t kFirst = 100;
constexpr pid_t kSecond = 200;
constexpr std::uint64_t kNetAdmin = 1ULL << 12;
constexpr std::uint64_t kWithXdp = kNetAdmin | 1ULL << 13 | 1ULL << 21;
constexpr PortKinds kXdp{.xdp = true};

class RightsTest : public ::testing::Test {
protected:
    RightsTest() {
        process(kFirst, kNetAdmin);
        process(kSecond, kWithXdp);
    }
    void process(pid_t id, std::uint64_t capabilities) {
        const auto folder = folder_.path() / std::to_string(id);
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "status")
            << fmt::format("Name:\tx\nCapPrm:\t{0:016x}\nCapEff:\t{0:016x}\n", capabilities);
    }
    [[nodiscard]] std::string text() const { return read_text(file_)->value_or("(none)"); }
    ServiceRights rights() {
        return {file_, folder_.path(), [this]() -> Result<void> {
                    ++reloads_;
                    return {};
                }};
    }

    test::TemporaryFolder folder_;
    std::string file_ = folder_.path() / "dataplane.conf";
    int reloads_ = 0;
    ServiceRights rights_ = rights();
};

TEST(Rights, EachKindOfPortHasItsOwn) {
    EXPECT_THAT(capabilities_for({}), IsEmpty());
    EXPECT_THAT(capabilities_for(kXdp),
                ElementsAre("CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN"));
    EXPECT_THAT(capabilities_for({.uio = true, .packet = true, .xdp = true}),
                ElementsAre("CAP_BPF", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN"));
    EXPECT_THAT(service_settings({}), IsEmpty());
    EXPECT_THAT(service_settings({.uio = true}), HasSubstr("DeviceAllow=char-uio rw"));
    EXPECT_THAT(service_settings({.uio = true}), ::testing::Not(HasSubstr("CAP_NET_")));
}

TEST_F(RightsTest, WhatEveryRouterHasChangesNothing) {
    EXPECT_FALSE(*rights_.grant({}, kFirst));
    EXPECT_EQ(text(), "(none)");
    EXPECT_EQ(reloads_, 0);
}

TEST_F(RightsTest, TheNextProcessHasWhatThisOneLacks) {
    EXPECT_TRUE(*rights_.grant(kXdp, kFirst));
    EXPECT_THAT(text(), HasSubstr("AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_ADMIN\n"));
    EXPECT_FALSE(*rights_.grant(kXdp, kSecond));
    EXPECT_EQ(reloads_, 1);
}

TEST_F(RightsTest, TheFileOfAFormerBootNeedsNoReload) {
    ASSERT_TRUE(*rights_.grant(kXdp, kFirst));
    rights_ = rights();
    EXPECT_FALSE(*rights_.grant(kXdp, kSecond));
    EXPECT_EQ(reloads_, 1);
}

TEST_F(RightsTest, WhereItIsThereTooLateItIsReadAgain) {
    ASSERT_TRUE(*rights_.grant(kXdp, kFirst));
    rights_ = rights();
    EXPECT_TRUE(*rights_.grant(kXdp, kFirst));
    EXPECT_EQ(reloads_, 2);
}

TEST_F(RightsTest, AServiceThatIsNotGivenThemIsNotStartedForEver) {
    EXPECT_TRUE(*rights_.grant(kXdp, kFirst));
    process(kSecond, kNetAdmin);
    const auto again = rights_.grant(kXdp, kSecond);
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message, HasSubstr("lacks CAP_NET_RAW CAP_SYS_ADMIN although"));
}

TEST_F(RightsTest, WhatIsNoLongerNeededIsTakenAway) {
    ASSERT_TRUE(*rights_.grant(kXdp, kFirst));
    EXPECT_FALSE(*rights_.grant({}, kSecond));
    EXPECT_EQ(text(), "");
    EXPECT_EQ(reloads_, 2);
}

TEST_F(RightsTest, WithoutAFileNothingIsSaid) {
    ServiceRights nobody({}, folder_.path(), [] { return fail("not to be called"); });
    EXPECT_FALSE(*nobody.grant(kXdp, kFirst));
}

}  // namespace
}  // namespace torii::platformd
