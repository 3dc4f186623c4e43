#pragma once

#include "platform/linux/netlink_request.h"
#include "tests/unit/platform/run_until.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <sched.h>
#include <string_view>
#include <unistd.h>

namespace torii::netlink {

// Each test moves into an empty network namespace, which the kernel takes away with the last of it.
class FreshNamespace : public ::testing::Test {
protected:
    void SetUp() override {
        const int flags = ::geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET;
        ASSERT_EQ(::unshare(flags), 0) << std::strerror(errno);
        auto opened = Requests::open();
        ASSERT_TRUE(opened) << opened.error().message;
        requests_ = std::move(*opened);
    }

    static IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
    static Prefix net(std::string_view text) { return Prefix::parse(text).value(); }
    static LinkAddress on(std::uint32_t link, std::string_view text) {
        return {link, InterfaceAddress::parse(text).value()};
    }

    // A veth pair with both ends up; the index of the end `name`.
    std::uint32_t make_pair(const std::string& name, const std::string& peer) {
        const auto made = requests_->create_veth(name, peer);
        EXPECT_TRUE(made) << made.error().message;
        const std::uint32_t index = requests_->link(name).value().index;
        EXPECT_TRUE(requests_->set_link_up(index, true));
        EXPECT_TRUE(requests_->set_link_up(requests_->link(peer).value().index, true));
        return index;
    }
    // A pair whose first end has `address`.
    std::uint32_t make_port(std::string_view address = "192.0.2.1/24") {
        const std::uint32_t index = make_pair("port", "cable");
        const auto added = requests_->add_address(on(index, address));
        EXPECT_TRUE(added) << added.error().message;
        return index;
    }

    std::unique_ptr<Requests> requests_;
};

}  // namespace torii::netlink
