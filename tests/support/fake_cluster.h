#pragma once

#include "platform/runtime/event_loop.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torii::test {

struct FakeRequest {
    std::string method;
    std::string path;
    std::map<std::string, std::string> query;
    std::string authorization;
    std::string body;

    [[nodiscard]] bool is_watch() const { return query.contains("watch"); }
};

struct FakeAnswer {
    unsigned status = 200;
    std::string headers{};  // whole lines
    std::string body{};
    bool silent = false;  // none at all, and the connection stays
};

// An API server as far as agents see one: resources with versions, lists in pages, watches with
// bookmarks, patches of statuses. It forgets, cuts and refuses when it is told so. On real sockets,
// in the turns of a loop.
class FakeCluster {
public:
    // With `tls` it has a certificate of its own for 127.0.0.1.
    explicit FakeCluster(EventLoop& loop, bool tls = false,
                         const std::string& address = "127.0.0.1", std::uint16_t port = 0);
    FakeCluster(const FakeCluster&) = delete;
    FakeCluster& operator=(const FakeCluster&) = delete;
    ~FakeCluster();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] const std::string& certificate() const;  // PEM

    // Collections are named by their path without a namespace: "/api/v1/services". One that was
    // never added is unknown (404).
    void add_collection(const std::string& path);
    void put(const std::string& collection, boost::json::object resource);
    void erase(const std::string& collection, const std::string& key);  // "namespace/name"
    [[nodiscard]] const boost::json::object& at(const std::string& collection,
                                                const std::string& key) const;
    [[nodiscard]] std::uint64_t version() const { return version_; }

    // What is older than now is no version to watch from, nor to continue a list in.
    void compact() { compacted_ = version_; }
    // Tells all watches the present version.
    void bookmark();
    // All watches end; the last they say is `text`, as it is.
    void cut_watches(const std::string& text = "");
    void say_to_watches(const std::string& text);
    // All connections end, and none is taken until resume().
    void stop();
    void resume();

    // Asked before each request; its answer is sent instead.
    std::function<std::optional<FakeAnswer>(const FakeRequest&)> before;
    std::vector<FakeRequest> requests;  // all of them
    [[nodiscard]] std::size_t watches() const;

private:
    class Session;
    struct Event {
        std::uint64_t version = 0;
        std::string collection;
        std::string type;
        boost::json::object object;
    };
    struct Parts;

    void accept();
    void handle(const FakeRequest& request, Session& session);
    void handle_collection(const std::string& collection, const std::string& space,
                           const FakeRequest& request, Session& session);
    void handle_resource(const std::string& collection, const std::string& key,
                         const FakeRequest& request, Session& session);
    void list(const std::string& collection, const std::string& space, const FakeRequest& request,
              Session& session);
    void watch(const std::string& collection, const std::string& space, const FakeRequest& request,
               Session& session);
    void happen(const std::string& collection, std::string type, boost::json::object object);
    boost::json::object& store(const std::string& collection, boost::json::object resource);

    std::unique_ptr<Parts> parts_;
    std::map<std::string, std::map<std::string, boost::json::object>> collections_;
    std::uint64_t version_ = 100;
    std::uint64_t compacted_ = 0;
    std::uint64_t uids_ = 0;
    std::vector<Event> events_;
    std::list<std::shared_ptr<Session>> sessions_;
};

}  // namespace torii::test
