// What BGP roles make of paths (RFC 9234 section 5).
#include "controlplane/rib/export_rules.h"
#include "controlplane/rib/importer.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace torii::rib {
namespace {

using bgp::Role;

constexpr bgp::Asn kOurs{65000};
constexpr bgp::Asn kTheirs{65001};
constexpr bgp::Asn kOther{65002};

class Roles : public testing::Test {
protected:
    Roles() {
        attributes_.as_path = bgp::AsPath::sequence({kTheirs});
        attributes_.next_hop = IpAddress::v4(0xc0a80a65);
    }
    // The mark that a path has behind the import; nothing: the path is rejected.
    struct Imported {
        bool accepted = false;
        std::optional<bgp::Asn> mark;
        friend bool operator==(const Imported&, const Imported&) = default;
    };
    [[nodiscard]] Imported import(std::optional<Role> ours, std::optional<bgp::Asn> mark) {
        ImportRules rules;
        rules.remote_as = kTheirs;
        rules.instance_as = rules.local_as = kOurs;
        rules.role = ours;
        attributes_.only_to_customer = mark;
        Importer importer(rules, store_);
        Path path;
        path.attributes = store_.intern(attributes_);
        importer.run(Prefix{}, path);
        const bgp::PathAttributes became = path.attributes.unpack();
        if (path.rejected) return {};
        EXPECT_EQ(path.as_received().unpack().only_to_customer, mark) << "as it came";
        return {true, became.only_to_customer};
    }
    struct Exported {
        bool sent = false;
        std::optional<bgp::Asn> mark;
        friend bool operator==(const Exported&, const Exported&) = default;
    };
    [[nodiscard]] Exported send(std::optional<Role> ours, std::optional<bgp::Asn> mark,
                                bool external = true) {
        ExportRules rules;
        rules.external = external;
        rules.local_as = kOurs;
        rules.self = IpAddress::v4(0xc0a81401);
        rules.role = ours;
        attributes_.only_to_customer = mark;
        ByteWriter octets;
        ByteWriter out;
        bgp::pack(attributes_, octets);
        const auto exported =
            export_attributes(Prefix{}, {octets.view(), attributes_.next_hop, {}}, {}, rules, out);
        if (!exported) return {};
        return {true, unpack(*exported).only_to_customer};
    }

    AttributeStore store_;
    bgp::PathAttributes attributes_;
};

struct Case {
    const char* reason;
    std::optional<Role> ours;
    std::optional<bgp::Asn> mark;
    bool passes;
    std::optional<bgp::Asn> becomes;
};

TEST_F(Roles, WhatComesInIsMarkedOrALeak) {
    const std::vector<Case> cases{
        {"from a provider", Role::customer, {}, true, kTheirs},
        {"from a provider, marked further up", Role::customer, kOther, true, kOther},
        {"from a route server", Role::rs_client, {}, true, kTheirs},
        {"from a route server, marked", Role::rs_client, kOther, true, kOther},
        {"from an equal", Role::peer, {}, true, kTheirs},
        {"from an equal, marked by itself", Role::peer, kTheirs, true, kTheirs},
        {"from an equal that had it of somebody else", Role::peer, kOther, false, {}},
        {"from a customer", Role::provider, {}, true, {}},
        {"from a customer that had it from above", Role::provider, kTheirs, false, {}},
        {"from a client", Role::rs_server, {}, true, {}},
        {"from a client that had it from above", Role::rs_server, kOther, false, {}},
        {"without roles nothing is done", {}, {}, true, {}},
        {"without roles a mark is passed on", {}, kOther, true, kOther},
    };
    for (const Case& row : cases) {
        EXPECT_EQ(import(row.ours, row.mark), (Imported{row.passes, row.becomes})) << row.reason;
    }
}

TEST_F(Roles, WhatGoesOutIsMarkedOrStays) {
    const std::vector<Case> cases{
        {"to a customer", Role::provider, {}, true, kOurs},
        {"to a customer, marked", Role::provider, kOther, true, kOther},
        {"to a client", Role::rs_server, {}, true, kOurs},
        {"to a client, marked", Role::rs_server, kOther, true, kOther},
        {"to an equal", Role::peer, {}, true, kOurs},
        {"marked to an equal", Role::peer, kOther, false, {}},
        {"to a provider", Role::customer, {}, true, {}},
        {"marked to a provider", Role::customer, kOther, false, {}},
        {"to a route server", Role::rs_client, {}, true, {}},
        {"marked to a route server", Role::rs_client, kOther, false, {}},
        {"without roles a mark is passed on", {}, kOther, true, kOther},
        {"without roles there is none", {}, {}, true, {}},
    };
    for (const Case& row : cases) {
        EXPECT_EQ(send(row.ours, row.mark), (Exported{row.passes, row.becomes})) << row.reason;
    }
    EXPECT_EQ(send({}, kOther, false), (Exported{true, kOther})) << "inside of our AS it stays";
}

// The list of attributes is in the order of types (attribute 35 is not the last there can be).
TEST_F(Roles, TheMarkStandsWhereItBelongs) {
    attributes_.large_communities = {{1, 2, 3}};
    attributes_.unknown = {{40, {7}}};
    ExportRules rules;
    rules.local_as = kOurs;
    rules.self = IpAddress::v4(0xc0a81401);
    rules.role = Role::provider;
    ByteWriter octets;
    ByteWriter out;
    bgp::pack(attributes_, octets);
    const auto exported =
        export_attributes(Prefix{}, {octets.view(), attributes_.next_hop, {}}, {}, rules, out);
    ASSERT_TRUE(exported.has_value());
    std::vector<int> types;
    bgp::for_each_attribute(exported->octets, [&](const bgp::ListedAttribute& listed) {
        types.push_back(static_cast<int>(listed.type));
    });
    EXPECT_EQ(types, (std::vector<int>{1, 2, 32, 35, 40}));
}

}  // namespace
}  // namespace torii::rib
