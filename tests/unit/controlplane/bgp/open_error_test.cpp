#include "controlplane/bgp/message.h"
#include "controlplane/bgp/session.h"
#include "tests/unit/controlplane/bgp/octets.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace torii::bgp {

namespace {

// What an OPEN with this body is answered with, from its octets to the session's own checks.
std::optional<Notification> answer(const PeerConfig& config, const Octets& body) {
    const Octets octets = message(1, body);
    const auto frame = next_frame(octets, kMessageSizeMax);
    if (!frame) return frame.error();
    const auto open = decode(**frame, UpdateContext{});
    if (!open) return open.error();
    const Session session(config, LocalSpeaker{RouterId{0x0a000001}}, Session::Direction::outgoing,
                          {});
    return session.check(std::get<Open>(*open));
}

PeerConfig external() {
    PeerConfig config;
    config.local_as = Asn{65000};
    config.remote_as = Asn{65001};
    return config;
}

PeerConfig internal() {
    PeerConfig config = external();
    config.remote_as = Asn{65000};
    return config;
}

struct OpenCase {
    const char* reason;
    const char* body;
    std::optional<OpenError> error;
    const char* data = "";
};

// RFC 4271 section 6.2 for a neighbor with AS 65001 (0xfde9); ours is 65000 (0xfde8).
const std::vector<OpenCase> kCases{
    {"plain, no capabilities", "04 fde9 005a 0a000002 00", std::nullopt},
    {"version 3", "03 fde9 005a 0a000002 00", OpenError::unsupported_version, "0004"},
    {"version 5", "05 fde9 005a 0a000002 00", OpenError::unsupported_version, "0004"},
    {"version 0", "00 fde9 005a 0a000002 00", OpenError::unsupported_version, "0004"},
    {"another AS", "04 fdea 005a 0a000002 00", OpenError::bad_peer_as},
    {"AS 0 (RFC 7607 section 2)", "04 0000 005a 0a000002 00", OpenError::bad_peer_as},
    {"four-octet AS 0", "04 fde9 005a 0a000002 08 02 06 41 04 00000000", OpenError::bad_peer_as},
    {"AS_TRANS without a four-octet AS", "04 5ba0 005a 0a000002 00", OpenError::bad_peer_as},
    {"four-octet AS is another (RFC 6793 section 4.1)",
     "04 fde9 005a 0a000002 08 02 06 41 04 0000fdea", OpenError::bad_peer_as},
    {"two-octet AS is another (RFC 6793 section 4.1)",
     "04 fdea 005a 0a000002 08 02 06 41 04 0000fde9", OpenError::bad_peer_as},
    {"AS_TRANS stands for the four-octet AS", "04 5ba0 005a 0a000002 08 02 06 41 04 0000fde9",
     std::nullopt},
    {"hold time 1", "04 fde9 0001 0a000002 00", OpenError::unacceptable_hold_time},
    {"hold time 2", "04 fde9 0002 0a000002 00", OpenError::unacceptable_hold_time},
    {"hold time 3 is legal", "04 fde9 0003 0a000002 00", std::nullopt},
    {"hold time 0 is legal", "04 fde9 0000 0a000002 00", std::nullopt},
    {"hold time 65535 is legal", "04 fde9 ffff 0a000002 00", std::nullopt},
    {"identifier 0 (RFC 6286 section 2.2)", "04 fde9 005a 00000000 00", OpenError::bad_identifier},
    {"identifier need not be an address (RFC 6286 section 2.1)", "04 fde9 005a e0000001 00",
     std::nullopt},
    {"our identifier, from an external peer (RFC 6286 section 2.2)", "04 fde9 005a 0a000001 00",
     std::nullopt},
    {"parameter of type 1, authentication", "04 fde9 005a 0a000002 04 01 02 0000",
     OpenError::unsupported_parameter},
    {"parameter of type 99", "04 fde9 005a 0a000002 04 63 02 0000",
     OpenError::unsupported_parameter},
    {"parameter beyond the field", "04 fde9 005a 0a000002 08 02 20 0104 0001 0001",
     OpenError::unspecific},
    {"parameter without a length", "04 fde9 005a 0a000002 01 02", OpenError::unspecific},
    {"parameters beyond the message", "04 fde9 005a 0a000002 fa 02 02 0200", OpenError::unspecific},
    {"octets behind the parameters", "04 fde9 005a 0a000002 02 02 02 0200", OpenError::unspecific},
    {"capability beyond its parameter", "04 fde9 005a 0a000002 08 02 06 01 10 0001 0001",
     OpenError::unspecific},
    {"extended length without parameters (CVE-2022-40302)",
     "04 fde9 005a 0a000002 ff ff 0002 00 01", OpenError::unspecific},
    {"length 255 with one octet (CVE-2022-43681)", "04 fde9 005a 0a000002 ff",
     OpenError::unspecific},
    {"extended length cut off", "04 fde9 005a 0a000002 ff ff 00", OpenError::unspecific},
    {"only families we do not want", "04 fde9 005a 0a000002 08 02 06 01 04 0002 00 01",
     OpenError::unsupported_capability, "01 04 0001 00 01"},
    {"unknown capabilities are ignored (RFC 5492 section 3)",
     "04 fde9 005a 0a000002 05 02 03 ef 01 61", std::nullopt},
};

}  // namespace

TEST(BgpOpenErrors, HaveTheAnswerOfTheRfc) {
    for (const OpenCase& row : kCases) {
        SCOPED_TRACE(row.reason);
        const auto notification = answer(external(), hex(row.body));
        if (!row.error) {
            EXPECT_EQ(notification, std::nullopt);
            continue;
        }
        ASSERT_TRUE(notification.has_value());
        EXPECT_EQ(text(*notification), text(open_error(*row.error)));
        EXPECT_EQ(dump(notification->data), dump(hex(row.data)));
    }
}

TEST(BgpOpenErrors, AnInternalPeerMustNotHaveOurIdentifier) {
    EXPECT_EQ(answer(internal(), hex("04 fde8 005a 0a000001 00")),
              open_error(OpenError::bad_identifier));
    EXPECT_EQ(answer(internal(), hex("04 fde8 005a 0a000002 00")), std::nullopt);
}

// RFC 9234 section 4.2, table 2: columns are what the peer says, none last.
TEST(BgpOpenErrors, RolesAreThoseOfTheTwoEnds) {
    const char* kNothing = "04 fde9 005a 0a000002 00";
    const auto with_role = [](unsigned role) {
        return fmt::format("04 fde9 005a 0a000002 05 02 03 09 01 {:02x}", role);
    };
    const Notification mismatch = open_error(OpenError::role_mismatch);
    PeerConfig config = external();
    const std::vector<std::pair<Role, Role>> pairs{{Role::provider, Role::customer},
                                                   {Role::customer, Role::provider},
                                                   {Role::rs_server, Role::rs_client},
                                                   {Role::rs_client, Role::rs_server},
                                                   {Role::peer, Role::peer}};
    for (const auto& [ours, theirs] : pairs) {
        config.local_role = ours;
        for (unsigned role = 0; role < 6; ++role) {
            const auto wanted =
                Role(role) == theirs ? std::nullopt : std::optional<Notification>(mismatch);
            EXPECT_EQ(answer(config, hex(with_role(role))), wanted)
                << role_name(ours) << " and " << role;
        }
        config.role_strict = false;
        EXPECT_EQ(answer(config, hex(kNothing)), std::nullopt);
        config.role_strict = true;
        EXPECT_EQ(answer(config, hex(kNothing)), mismatch);
    }
    const Octets two = hex("04 fde9 005a 0a000002 08 02 06 09 01 04 09 01 03");
    EXPECT_EQ(answer(config, two), mismatch) << "two of them";
    EXPECT_EQ(answer(external(), two), mismatch) << "whether or not we have one";
    EXPECT_EQ(answer(external(), hex(with_role(0))), std::nullopt) << "we have none";
    config = internal();
    config.remote_as_rule = RemoteAsRule::any;
    config.local_role = Role::customer;
    EXPECT_EQ(answer(config, hex("04 fde8 005a 0a000002 05 02 03 09 01 03")), std::nullopt)
        << "inside of an AS there are no roles";
}

TEST(BgpOpenErrors, RemoteAsRules) {
    PeerConfig config = external();
    const Octets ours = hex("04 fde8 005a 0a000002 00");
    const Octets another = hex("04 fde9 005a 0a000002 00");
    const Notification bad_as = open_error(OpenError::bad_peer_as);

    config.remote_as_rule = RemoteAsRule::external;
    EXPECT_EQ(answer(config, another), std::nullopt);
    EXPECT_EQ(answer(config, ours), bad_as);
    config.remote_as_rule = RemoteAsRule::internal;
    EXPECT_EQ(answer(config, another), bad_as);
    EXPECT_EQ(answer(config, ours), std::nullopt);
    config.remote_as_rule = RemoteAsRule::any;
    EXPECT_EQ(answer(config, another), std::nullopt);
    EXPECT_EQ(answer(config, ours), std::nullopt);
    EXPECT_EQ(answer(config, hex("04 0000 005a 0a000002 00")), bad_as) << "RFC 7607 section 2";
    EXPECT_EQ(answer(config, hex("04 5ba0 005a 0a000002 00")), bad_as) << "AS_TRANS is nobody's";
}

}  // namespace torii::bgp
