// fake_cluster_server PORT: a FakeCluster with all the types that agents read, for tests of whole
// processes. Without TLS, on every address.
#include "agent/api/resource_type.h"
#include "tests/support/fake_cluster.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace {

using torii::test::FakeAnswer;
using torii::test::FakeRequest;
namespace json = boost::json;

constexpr std::string_view kNamespaced = "Service EndpointSlice Secret Lease";

// What `GET /apis/cilium.io/v2` says, by path.
std::map<std::string, json::array> add_types(torii::test::FakeCluster& cluster) {
    std::map<std::string, json::array> resources;
    for (const torii::api::ResourceType& type : torii::api::resource_types()) {
        const std::string path = torii::api::collection_path(type.group, type.versions[0], {}, "");
        cluster.add_collection(path + std::string(type.plural));
        resources[path.substr(0, path.size() - 1)].push_back(
            {{"name", type.plural},
             {"kind", type.kind},
             {"namespaced", kNamespaced.find(type.kind) != std::string_view::npos}});
    }
    cluster.add_collection("/api/v1/namespaces");
    return resources;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return EXIT_FAILURE;
    torii::EventLoop loop;
    torii::test::FakeCluster cluster(loop, false, "0.0.0.0",
                                     static_cast<std::uint16_t>(std::atoi(argv[1])));
    const auto resources = add_types(cluster);
    cluster.before = [&](const FakeRequest& request) -> std::optional<FakeAnswer> {
        cluster.requests.clear();
        if (request.path == "/readyz") return FakeAnswer{.body = "ok"};
        const auto found = resources.find(request.path);
        if (found == resources.end()) return std::nullopt;
        return FakeAnswer{.body = json::serialize(json::object{{"resources", found->second}})};
    };
    loop.on_terminate([&loop] { loop.stop(); });
    loop.run();
    return EXIT_SUCCESS;
}
