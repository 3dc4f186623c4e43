#include "agent/api/access.h"

#include "agent/kube/base64.h"
#include "agent/kube/field.h"
#include "agent/kube/yaml.h"
#include "platform/base/durable_file.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

namespace torii::api {
namespace fs = std::filesystem;
using kube::Field;
namespace {

constexpr std::size_t kMaterialMax = std::size_t{1} << 20U;

Result<std::string> read_file(const fs::path& file) {
    auto text = read_text(file.string(), kMaterialMax);
    if (!text) return unexpected(text.error());
    if (!*text) return fail("cannot read {}: there is no such file", file.string());
    return std::move(**text);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

// "https://host:port/prefix".
bool parse_server(std::string_view url, Access& access) {
    access.tls = url.starts_with("https://");
    if (!access.tls && !url.starts_with("http://")) return false;
    url.remove_prefix(access.tls ? 8 : 7);
    const std::size_t slash = std::min(url.find('/'), url.size());
    access.path_prefix = url.substr(slash);
    while (access.path_prefix.ends_with('/')) access.path_prefix.pop_back();
    std::string_view authority = url.substr(0, slash);
    access.port = access.tls ? 443 : 80;
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        const auto port = parse_port(authority.substr(colon + 1));
        if (!port) return false;
        access.port = *port;
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']')) {
        authority = authority.substr(1, authority.size() - 2);
    }
    access.host = authority;
    return !access.host.empty();
}

// Reads the parts of one file.
class Kubeconfig {
public:
    Kubeconfig(const boost::json::value& document, fs::path folder)
        : root_(&document, "", problems_), folder_(std::move(folder)) {}

    Result<Access> read() {
        Access access;
        const auto context = named("contexts", root_["current-context"].name(), "context");
        if (!context) return first_problem();
        const auto cluster = named("clusters", (*context)["cluster"].name(), "cluster");
        if (!cluster) return first_problem();
        read_cluster(*cluster, access);
        const std::string user = (*context)["user"].text().value_or("");
        if (!user.empty()) {
            const auto found = named("users", user, "user");
            if (!found) return first_problem();
            read_user(*found, access);
        }
        if (!problems_.empty()) return first_problem();
        return access;
    }

private:
    std::optional<Field> named(std::string_view list, const std::string& name,
                               std::string_view member) {
        for (const Field& item : root_[list].items()) {
            if (item["name"].text() == name) return item[member];
        }
        root_[list].wrong(fmt::format("there is no \"{}\"", name));
        return std::nullopt;
    }

    void read_cluster(const Field& cluster, Access& access) {
        const Field server = cluster["server"];
        if (!parse_server(server.required().text().value_or(""), access)) {
            server.invalid("must be https://HOST:PORT");
        }
        access.verify = !cluster["insecure-skip-tls-verify"].boolean().value_or(false);
        access.server_name = cluster["tls-server-name"].text().value_or("");
        access.authority = material(cluster, "certificate-authority");
    }

    void read_user(const Field& user, Access& access) {
        for (const std::string_view plugin : {"exec", "auth-provider"}) {
            if (user[plugin].present()) {
                user[plugin].wrong("plugins are not run: use a token or a client certificate");
            }
        }
        access.certificate = material(user, "client-certificate");
        access.key = material(user, "client-key");
        if (access.certificate.present() != access.key.present()) {
            user["client-certificate"].wrong("goes with client-key");
        }
        access.token.text = user["token"].text().value_or("");
        if (const auto file = user["tokenFile"].text()) access.token = {{}, folder_ / *file};
    }

    // "name-data" has the text itself, "name" a file, from where the kubeconfig is.
    Material material(const Field& field, std::string_view name) {
        const Field data = field[fmt::format("{}-data", name)];
        if (const auto encoded = data.text(); encoded && !encoded->empty()) {
            const auto decoded = kube::decode_base64(*encoded);
            // The value does not go into the message: it may be a key.
            if (!decoded) data.wrong("must be base64 (RFC 4648)");
            return {decoded.value_or(""), {}};
        }
        const std::string file = field[name].text().value_or("");
        return {{}, file.empty() ? fs::path() : folder_ / file};
    }

    [[nodiscard]] tl::unexpected<Error> first_problem() const {
        return unexpected(problems_.front());
    }

    std::vector<Error> problems_;
    Field root_;
    fs::path folder_;
};

}  // namespace

Result<std::string> Material::read() const {
    return file.empty() ? Result<std::string>(text) : read_file(file);
}

std::string Access::server() const {
    const bool bare = host.find(':') == std::string::npos;
    return fmt::format("{}://{}{}{}:{}{}", tls ? "https" : "http", bare ? "" : "[", host,
                       bare ? "" : "]", port, path_prefix);
}

Result<Access> read_kubeconfig(const fs::path& file) {
    const auto text = read_file(file);
    if (!text) return unexpected(text.error());
    const auto documents = kube::parse_yaml(*text);
    if (!documents) return fail("{}: {}", file.string(), documents.error().message);
    if (documents->size() != 1) return fail("{}: must be one document", file.string());
    auto access = Kubeconfig(documents->front(), file.parent_path()).read();
    if (!access) return fail("{}: {}", file.string(), access.error().message);
    return access;
}

Result<Access> in_cluster_access(const fs::path& account) {
    const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
    const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
    if (host == nullptr || port == nullptr) {
        return fail(
            "this is no pod of a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are "
            "not set; use --kubeconfig");
    }
    Access access;
    access.host = host;
    const auto number = parse_port(port);
    if (!number) return fail("KUBERNETES_SERVICE_PORT: \"{}\" is no port", port);
    access.port = *number;
    access.authority.file = account / "ca.crt";
    access.token.file = account / "token";
    return access;
}

}  // namespace torii::api
