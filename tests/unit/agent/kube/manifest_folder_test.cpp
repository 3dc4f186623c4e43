#include "agent/kube/manifest_folder.h"

#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::string node(std::string_view name, std::string_view pod_cidr) {
    return fmt::format(
        "{{apiVersion: v1, kind: Node, metadata: {{name: {}}}, "
        "spec: {{podCIDRs: [{}]}}}}\n",
        name, pod_cidr);
}

class ManifestFolderTest : public testing::Test {
protected:
    Reading read() {
        auto reading = manifests_.read();
        EXPECT_TRUE(reading.has_value());
        return reading ? std::move(*reading) : Reading{};
    }
    // The pod CIDR of the node in the snapshot, "" without the node.
    static std::string pod_cidr(const Reading& reading, const std::string& name) {
        const auto node = reading.snapshot.node(name);
        return node && !node->pod_cidrs.empty() ? node->pod_cidrs[0].to_string() : "";
    }

    test::TemporaryFolder folder_;
    ManifestFolder manifests_{folder_.path()};
};

TEST_F(ManifestFolderTest, ExamplesAreRight) {
    ManifestFolder examples(TORII_EXAMPLES_DIR "/manifests");
    const auto reading = examples.read();
    ASSERT_TRUE(reading.has_value());
    EXPECT_THAT(reading->problems, IsEmpty());
    EXPECT_THAT(reading->snapshot.nodes, SizeIs(3));
    EXPECT_THAT(reading->snapshot.cluster_configs, SizeIs(1));
    EXPECT_THAT(reading->snapshot.peer_configs, SizeIs(1));
    EXPECT_THAT(reading->snapshot.advertisements, SizeIs(1));
}

TEST_F(ManifestFolderTest, OnlyVisibleFilesWithTheRightEndingCount) {
    folder_.write("a.yaml", node("a", "10.0.0.0/24"));
    folder_.write("b.yml", node("b", "10.0.1.0/24"));
    folder_.write("c.json", R"({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "c"}})");
    folder_.write(".d.yaml", "not: [a manifest");
    folder_.write("e.yaml~", "not: [a manifest");
    folder_.write("README", "not: [a manifest");
    std::filesystem::create_directory(folder_.path() / "f.yaml");
    const Reading reading = read();
    EXPECT_THAT(reading.problems, IsEmpty());
    EXPECT_THAT(reading.snapshot.node_names(), ElementsAre("a", "b", "c"));
}

TEST_F(ManifestFolderTest, ChangesAreTold) {
    folder_.write("a.yaml", node("a", "10.0.0.0/24") + "---\n" + node("b", "10.0.1.0/24"));
    EXPECT_THAT(read().changes, ElementsAre("added Node a", "added Node b"));
    EXPECT_THAT(read().changes, IsEmpty());
    folder_.write("a.yaml", node("b", "10.0.9.0/24") + "---\n" + node("c", "10.0.2.0/24"));
    EXPECT_THAT(read().changes,
                UnorderedElementsAre("removed Node a", "changed Node b", "added Node c"));
}

TEST_F(ManifestFolderTest, AnEquallyMeantFileIsNoChange) {
    folder_.write("a.yaml", node("a", "10.0.0.0/24"));
    read();
    folder_.write("a.yaml", "# the same\n" + node("a", "10.0.0.0/24"));
    EXPECT_THAT(read().changes, IsEmpty());
}

TEST_F(ManifestFolderTest, AMovedResourceIsNoChange) {
    folder_.write("a.yaml", node("a", "10.0.0.0/24"));
    read();
    folder_.write("b.yaml", node("a", "10.0.0.0/24"));
    folder_.remove("a.yaml");
    EXPECT_THAT(read().changes, IsEmpty());
}

TEST_F(ManifestFolderTest, ABrokenFileChangesNothing) {
    folder_.write("a.yaml", node("a", "10.0.0.0/24"));
    folder_.write("b.yaml", node("b", "10.0.1.0/24"));
    read();
    for (const char* broken : {"a: [", "kind: Node", "- a"}) {
        folder_.write("a.yaml", broken);
        const Reading reading = read();
        EXPECT_THAT(reading.problems, testing::Not(IsEmpty())) << broken;
        EXPECT_THAT(reading.changes, IsEmpty()) << broken;
        EXPECT_EQ(pod_cidr(reading, "a"), "10.0.0.0/24") << broken;
        EXPECT_EQ(pod_cidr(reading, "b"), "10.0.1.0/24") << broken;
    }
    folder_.write("a.yaml", node("a", "10.0.7.0/24"));
    const Reading repaired = read();
    EXPECT_THAT(repaired.problems, IsEmpty());
    EXPECT_EQ(pod_cidr(repaired, "a"), "10.0.7.0/24");
}

TEST_F(ManifestFolderTest, AWrongFieldChangesNothingAndIsNamedWithItsRule) {
    folder_.write("a.yaml", node("a", "10.0.0.0/24") + "---\n" + node("b", "10.0.1.0/24"));
    read();
    folder_.write("a.yaml", node("a", "10.0.7.0/24") + "---\n" + node("b", "10.0.1.1/24"));
    const Reading reading = read();
    ASSERT_THAT(reading.problems, SizeIs(1));
    EXPECT_EQ(reading.problems[0].message,
              "a.yaml, document 2, Node b: spec.podCIDRs[0]: Invalid value: \"10.0.1.1/24\": "
              "must be a CIDR without host bits, such as 10.9.8.0/24 or 2001:db8::/64");
    // The right half of a half wrong file is not taken either.
    EXPECT_EQ(pod_cidr(reading, "a"), "10.0.0.0/24");
    EXPECT_THAT(reading.changes, IsEmpty());
}

TEST_F(ManifestFolderTest, AFileThatWasNeverRightGivesNothing) {
    folder_.write("a.yaml", node("a", "10.0.0.1/24"));
    folder_.write("b.yaml", node("b", "10.0.1.0/24"));
    const Reading reading = read();
    EXPECT_THAT(reading.problems, SizeIs(1));
    EXPECT_THAT(reading.snapshot.node_names(), ElementsAre("b"));
}

TEST_F(ManifestFolderTest, RemovingABrokenFileTakesItsLastWordAway) {
    folder_.write("a.yaml", node("a", "10.0.0.0/24"));
    read();
    folder_.write("a.yaml", "a: [");
    read();
    folder_.remove("a.yaml");
    const Reading reading = read();
    EXPECT_THAT(reading.problems, IsEmpty());
    EXPECT_THAT(reading.changes, ElementsAre("removed Node a"));
    EXPECT_FALSE(reading.snapshot.node("a").has_value());
}

TEST_F(ManifestFolderTest, TheFirstOfTwoDefinitionsStays) {
    folder_.write("a.yaml", node("n", "10.0.0.0/24"));
    folder_.write("b.yaml", node("n", "10.0.1.0/24"));
    const Reading reading = read();
    ASSERT_THAT(reading.problems, SizeIs(1));
    EXPECT_EQ(reading.problems[0].message,
              "b.yaml, document 1, Node n: is left out: a.yaml, document 1, Node n has it, too");
    EXPECT_EQ(pod_cidr(reading, "n"), "10.0.0.0/24");
}

TEST_F(ManifestFolderTest, TwoVersionsOfOneResourceAreOne) {
    const std::string text =
        "apiVersion: cilium.io/v2alpha1\nkind: CiliumBGPPeerConfig\n"
        "metadata: {name: p}\nspec: {ebgpMultihop: 2}\n";
    folder_.write("a.yaml", text);
    read();
    std::string newer = text;
    newer.replace(newer.find("v2alpha1"), 8, "v2");
    newer.replace(newer.find("ebgpMultihop: 2"), 15, "ebgpMultihop: 3");
    folder_.write("a.yaml", newer);
    const Reading reading = read();
    EXPECT_THAT(reading.changes, ElementsAre("changed CiliumBGPPeerConfig p"));
    EXPECT_EQ(reading.snapshot.peer_configs.at("p").ebgp_multihop, 3);
}

TEST_F(ManifestFolderTest, AMissingFolderIsAnErrorWithItsName) {
    ManifestFolder missing(folder_.path() / "gone");
    const auto reading = missing.read();
    ASSERT_FALSE(reading.has_value());
    EXPECT_THAT(reading.error().message, HasSubstr("cannot read folder "));
    EXPECT_THAT(reading.error().message, HasSubstr("gone: No such file or directory"));
}

// kubelet's way of changing a mounted ConfigMap: names are links through ..data, which is replaced.
TEST_F(ManifestFolderTest, ConfigMapMount) {
    namespace fs = std::filesystem;
    const auto version = [&](const std::string& name, std::string_view text) {
        fs::create_directory(folder_.path() / name);
        folder_.write(name + "/a.yaml", text);
        fs::create_directory_symlink(name, folder_.path() / "..data_tmp");
        fs::rename(folder_.path() / "..data_tmp", folder_.path() / "..data");
    };
    version("..1", node("a", "10.0.0.0/24"));
    fs::create_symlink("..data/a.yaml", folder_.path() / "a.yaml");
    EXPECT_EQ(pod_cidr(read(), "a"), "10.0.0.0/24");
    version("..2", node("a", "10.0.5.0/24"));
    EXPECT_EQ(pod_cidr(read(), "a"), "10.0.5.0/24");
}

}  // namespace
}  // namespace torii::kube
