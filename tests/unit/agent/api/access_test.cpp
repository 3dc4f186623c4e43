// Where the API server is and who one is: kubeconfig files, and the environment of a pod.
#include "agent/api/access.h"

#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace torii::api {
namespace {

using testing::HasSubstr;

class AccessTest : public testing::Test {
protected:
    Result<Access> read(const std::string& cluster, const std::string& user,
                        const std::string& name = "it") {
        std::ofstream(folder_.path() / "config")
            << "current-context: " << name << "\n"
            << "contexts: [{name: other, context: {cluster: none}},\n"
            << "           {name: it, context: {cluster: c, user: u}}]\n"
            << "clusters: [{name: c, cluster: {" << cluster << "}}]\n"
            << "users: [{name: u, user: {" << user << "}}]\n";
        return read_kubeconfig(folder_.path() / "config");
    }
    std::string error(const std::string& cluster, const std::string& user,
                      const std::string& name = "it") {
        const auto access = read(cluster, user, name);
        return access ? "none" : access.error().message;
    }

    test::TemporaryFolder folder_;
};

TEST_F(AccessTest, FilesAreWhereTheKubeconfigIs) {
    std::ofstream(folder_.path() / "token") << "secret\n";
    const auto access = read("server: 'https://api.test:6443', certificate-authority: ca.crt",
                             "client-certificate: /x/a.crt, client-key: a.key, tokenFile: token");
    ASSERT_TRUE(access.has_value()) << access.error().message;
    EXPECT_EQ(access->host, "api.test");
    EXPECT_EQ(access->port, 6443);
    EXPECT_TRUE(access->tls && access->verify);
    EXPECT_EQ(access->authority.file, folder_.path() / "ca.crt");
    EXPECT_EQ(access->certificate.file, "/x/a.crt");
    EXPECT_EQ(access->key.file, folder_.path() / "a.key");
    EXPECT_EQ(*access->token.read(), "secret\n");
    std::ofstream(folder_.path() / "token") << "other";
    EXPECT_EQ(*access->token.read(), "other") << "a token that was replaced";
    EXPECT_THAT(access->key.read().error().message, HasSubstr("cannot read"));
}

TEST_F(AccessTest, DataInTheFileItself) {
    const auto access =
        read("server: 'https://192.0.2.1/', certificate-authority-data: Q0E=, tls-server-name: api",
             "client-certificate-data: Q1JU, client-key-data: S0VZ, token: abc");
    ASSERT_TRUE(access.has_value()) << access.error().message;
    EXPECT_EQ(access->authority.text, "CA");
    EXPECT_EQ(access->certificate.text, "CRT");
    EXPECT_EQ(access->key.text, "KEY");
    EXPECT_EQ(access->token.text, "abc");
    EXPECT_EQ(access->server_name, "api");
    EXPECT_EQ(access->port, 443);
    EXPECT_EQ(access->path_prefix, "");
}

TEST_F(AccessTest, ServersOfEveryKind) {
    const auto v6 = read("server: 'https://[2001:db8::1]:8443/k8s/clusters/c-1/'", "token: x");
    ASSERT_TRUE(v6.has_value());
    EXPECT_EQ(v6->host, "2001:db8::1");
    EXPECT_EQ(v6->port, 8443);
    EXPECT_EQ(v6->path_prefix, "/k8s/clusters/c-1");
    EXPECT_EQ(v6->server(), "https://[2001:db8::1]:8443/k8s/clusters/c-1");
    const auto plain = read("server: 'http://127.0.0.1', insecure-skip-tls-verify: true", "");
    ASSERT_TRUE(plain.has_value());
    EXPECT_FALSE(plain->tls || plain->verify);
    EXPECT_EQ(plain->port, 80);
}

TEST_F(AccessTest, WhatIsWrongIsSaid) {
    EXPECT_THAT(error("server: 'ftp://x'", ""), HasSubstr("server: Invalid value"));
    EXPECT_THAT(error("server: 'https://x:99999'", ""), HasSubstr("server: Invalid value"));
    EXPECT_THAT(error("", ""), HasSubstr("server: Required value"));
    EXPECT_THAT(error("server: 'https://x'", "", "nope"),
                HasSubstr("contexts: there is no \"nope\""));
    EXPECT_THAT(error("server: 'https://x'", "", "other"), HasSubstr("clusters: there is no"));
    EXPECT_THAT(error("server: 'https://x'", "exec: {command: aws}"),
                HasSubstr("exec: plugins are not run"));
    EXPECT_THAT(error("server: 'https://x'", "client-key-data: '?secret?'"),
                testing::AllOf(HasSubstr("base64"), testing::Not(HasSubstr("secret"))));
    EXPECT_THAT(error("server: 'https://x'", "client-key: k"), HasSubstr("goes with client-key"));
    EXPECT_THAT(read_kubeconfig(folder_.path() / "absent").error().message,
                HasSubstr("cannot read"));
}

TEST_F(AccessTest, InAPod) {
    unsetenv("KUBERNETES_SERVICE_HOST");
    EXPECT_THAT(in_cluster_access(folder_.path()).error().message, HasSubstr("--kubeconfig"));
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    const auto access = in_cluster_access(folder_.path());
    ASSERT_TRUE(access.has_value());
    EXPECT_EQ(access->server(), "https://[fd00::1]:443");
    EXPECT_EQ(access->token.file, folder_.path() / "token");
    setenv("KUBERNETES_SERVICE_PORT", "http", 1);
    EXPECT_FALSE(in_cluster_access(folder_.path()).has_value());
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
}

}  // namespace
}  // namespace torii::api
