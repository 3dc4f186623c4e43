#pragma once

#include "platform/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace torii::api {

// A secret or a certificate: as text, or in a file that may be replaced at any time.
struct Material {
    std::string text{};
    std::filesystem::path file{};

    [[nodiscard]] bool present() const { return !text.empty() || !file.empty(); }
    // As it is now. An error when the file cannot be read or is larger than 1 MiB.
    [[nodiscard]] Result<std::string> read() const;
};

// Where the API server is and how to prove who one is.
struct Access {
    std::string host;  // without the brackets of an IPv6 address
    std::uint16_t port = 443;
    bool tls = true;
    std::string path_prefix;  // of all requests: servers behind a proxy have one
    std::string server_name;  // that the certificate is for; empty: the host
    bool verify = true;
    Material authority;    // certificates in PEM that the server's is checked with; none: the
                           // machine's own
    Material certificate;  // of the client, in PEM, with its key
    Material key;
    Material token;

    // "https://192.0.2.1:6443".
    [[nodiscard]] std::string server() const;
};

// The current context of a kubeconfig file. Credentials of plugins (exec, auth-provider) are
// refused. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
[[nodiscard]] Result<Access> read_kubeconfig(const std::filesystem::path& file);

// As a pod has it: the environment says where, a mounted service account who.
[[nodiscard]] Result<Access> in_cluster_access(
    const std::filesystem::path& account = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace torii::api
