#include "tests/support/fake_cluster.h"

#include "tests/support/self_signed.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace torii::test {
namespace asio = boost::asio;
namespace json = boost::json;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

std::string text(const json::object& object, std::string_view name) {
    const json::value* found = object.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

json::object& metadata(json::object& resource) {
    json::value& found = resource["metadata"];
    return found.is_object() ? found.get_object() : found.emplace_object();
}

std::string key_of(const json::object& resource) {
    const json::object& fields = resource.at("metadata").as_object();
    const std::string space = text(fields, "namespace");
    return space.empty() ? text(fields, "name") : space + '/' + text(fields, "name");
}

std::string decoded(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%' || at + 2 >= text.size()) {
            result += text[at];
            continue;
        }
        result += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
        at += 2;
    }
    return result;
}

void parse_target(std::string_view target, FakeRequest& request) {
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    target.remove_prefix(std::min(mark + 1, target.size()));
    while (!target.empty()) {
        const std::size_t end = std::min(target.find('&'), target.size());
        const std::string_view pair = target.substr(0, end);
        const std::size_t equal = std::min(pair.find('='), pair.size());
        request.query[std::string(pair.substr(0, equal))] =
            decoded(pair.substr(std::min(equal + 1, pair.size())));
        target.remove_prefix(std::min(end + 1, target.size()));
    }
}

FakeAnswer failure(unsigned status, const std::string& message) {
    const json::object body{{"kind", "Status"}, {"code", status}, {"message", message}};
    return {.status = status, .body = json::serialize(body)};
}

// RFC 7386; a list of a strategic merge is taken whole, which is enough for one writer.
void merge(json::object& target, const json::object& patch) {
    for (const auto& [name, value] : patch) {
        if (value.is_null()) {
            target.erase(name);
        } else if (value.is_object()) {
            json::value& inner = target[name];
            merge(inner.is_object() ? inner.get_object() : inner.emplace_object(),
                  value.get_object());
        } else {
            target[name] = value;
        }
    }
}

// A field selector: "metadata.name=n1", "metadata.name!=n1", or none.
bool is_selected(const std::string& key, const std::string& selector) {
    if (selector.empty()) return true;
    const std::size_t at = selector.find('=');
    const bool others = selector.at(at - 1) == '!';
    return (selector.substr(at + 1) == key) != others;
}

}  // namespace

struct FakeCluster::Parts {
    Parts(EventLoop& loop, bool tls, const std::string& address, std::uint16_t port)
        : acceptor(loop.context(), tcp::endpoint(asio::ip::make_address(address), port)),
          endpoint(acceptor.local_endpoint()) {
        if (!tls) return;
        identity = self_signed();
        context.emplace(asio::ssl::context::tls_server);
        context->use_certificate_chain(asio::buffer(identity.certificate));
        context->use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
    }

    tcp::acceptor acceptor;
    tcp::endpoint endpoint;
    SelfSigned identity;
    std::optional<asio::ssl::context> context;
};

// One connection.
class FakeCluster::Session : public std::enable_shared_from_this<Session> {
public:
    Session(FakeCluster& cluster, tcp::socket socket)
        : cluster_(cluster), socket_(std::move(socket)) {
        if (cluster.parts_->context) tls_.emplace(socket_, *cluster.parts_->context);
    }

    void start() {
        if (!tls_) return read();
        tls_->async_handshake(asio::ssl::stream_base::server,
                              [self = shared_from_this()](error_code error) {
                                  error ? self->close() : self->read();
                              });
    }

    void answer(const FakeAnswer& answer) {
        if (answer.silent) return;
        send(
            fmt::format("HTTP/1.1 {} Said\r\nContent-Type: application/json\r\n{}"
                        "Content-Length: {}\r\n\r\n{}",
                        answer.status, answer.headers, answer.body.size(), answer.body));
        if (input_.empty()) return;
        serve();
    }

    void begin_stream(std::string collection, std::string space, std::string selector) {
        watched_ = std::move(collection);
        space_ = std::move(space);
        selector_ = std::move(selector);
        send(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
    }
    [[nodiscard]] bool watches(const std::string& collection, const std::string& key) const {
        return is_watch() && watched_ == collection && key.starts_with(space_) &&
               is_selected(key, selector_);
    }
    [[nodiscard]] bool is_watch() const { return open_ && !finishing_ && !watched_.empty(); }
    void chunk(const std::string& octets) {
        send(fmt::format("{:x}\r\n{}\r\n", octets.size(), octets));
    }

    void send(std::string octets) {
        if (!open_) return;
        output_.push_back(std::move(octets));
        if (output_.size() == 1) write();
    }
    // Once everything is said.
    void finish() {
        finishing_ = true;
        if (output_.empty()) close();
    }
    void close() {
        open_ = false;
        error_code ignored;
        socket_.close(ignored);
    }

private:
    template <class Buffer, class Handler>
    void read_some(const Buffer& buffer, Handler handler) {
        tls_ ? tls_->async_read_some(buffer, std::move(handler))
             : socket_.async_read_some(buffer, std::move(handler));
    }

    void read() {
        read_some(asio::buffer(buffer_),
                  [self = shared_from_this()](error_code error, std::size_t size) {
                      if (error) return self->close();
                      self->input_.append(self->buffer_.data(), size);
                      self->serve();
                      self->read();
                  });
    }

    void serve() {
        const std::size_t end = input_.find("\r\n\r\n");
        if (end == std::string::npos) return;
        FakeRequest request;
        std::size_t length = 0;
        std::size_t at = input_.find("\r\n");
        const std::string line = input_.substr(0, at);
        const std::size_t space = line.find(' ');
        request.method = line.substr(0, space);
        parse_target(line.substr(space + 1, line.rfind(' ') - space - 1), request);
        while (at < end) {
            const std::size_t next = input_.find("\r\n", at + 2);
            const std::string field = input_.substr(at + 2, next - at - 2);
            at = next;
            if (field.starts_with("Authorization: ")) request.authorization = field.substr(15);
            if (field.starts_with("Content-Length: ")) length = std::stoul(field.substr(16));
        }
        if (input_.size() < end + 4 + length) return;
        request.body = input_.substr(end + 4, length);
        input_.erase(0, end + 4 + length);
        cluster_.handle(request, *this);
    }

    void write() {
        const auto done = [self = shared_from_this()](error_code error, std::size_t) {
            if (error) return self->close();
            self->output_.pop_front();
            if (!self->output_.empty()) return self->write();
            if (self->finishing_) self->close();
        };
        if (tls_) {
            asio::async_write(*tls_, asio::buffer(output_.front()), done);
        } else {
            asio::async_write(socket_, asio::buffer(output_.front()), done);
        }
    }

    FakeCluster& cluster_;
    tcp::socket socket_;
    std::optional<asio::ssl::stream<tcp::socket&>> tls_;
    std::array<char, 16384> buffer_{};
    std::string input_;
    std::list<std::string> output_;
    std::string watched_;
    std::string space_;  // "namespace/"
    std::string selector_;
    bool open_ = true;
    bool finishing_ = false;
};

FakeCluster::FakeCluster(EventLoop& loop, bool tls, const std::string& address, std::uint16_t port)
    : parts_(std::make_unique<Parts>(loop, tls, address, port)) {
    accept();
}

FakeCluster::~FakeCluster() {
    stop();
}

std::uint16_t FakeCluster::port() const {
    return parts_->endpoint.port();
}

const std::string& FakeCluster::certificate() const {
    return parts_->identity.certificate;
}

void FakeCluster::accept() {
    parts_->acceptor.async_accept([this](error_code error, tcp::socket socket) {
        if (error) return;
        socket.set_option(tcp::no_delay(true));
        sessions_.push_back(std::make_shared<Session>(*this, std::move(socket)));
        sessions_.back()->start();
        accept();
    });
}

void FakeCluster::stop() {
    error_code ignored;
    parts_->acceptor.close(ignored);
    for (const auto& session : sessions_) session->close();
    sessions_.clear();
}

void FakeCluster::resume() {
    parts_->acceptor.open(tcp::v4());
    parts_->acceptor.set_option(tcp::acceptor::reuse_address(true));
    parts_->acceptor.bind(parts_->endpoint);
    parts_->acceptor.listen();
    accept();
}

void FakeCluster::add_collection(const std::string& path) {
    collections_[path];
}

json::object& FakeCluster::store(const std::string& collection, json::object resource) {
    json::object& fields = metadata(resource);
    fields["resourceVersion"] = std::to_string(++version_);
    json::object& place = collections_[collection][key_of(resource)];
    if (!fields.contains("uid")) {
        const json::value* known = place.if_contains("metadata");
        fields["uid"] = known != nullptr ? known->as_object().at("uid")
                                         : json::value("uid-" + std::to_string(++uids_));
    }
    place = std::move(resource);
    return place;
}

void FakeCluster::put(const std::string& collection, json::object resource) {
    const bool is_new = !collections_[collection].contains(key_of(resource));
    const json::object& stored = store(collection, std::move(resource));
    happen(collection, is_new ? "ADDED" : "MODIFIED", stored);
}

void FakeCluster::erase(const std::string& collection, const std::string& key) {
    auto node = collections_.at(collection).extract(key);
    if (node.empty()) return;
    metadata(node.mapped())["resourceVersion"] = std::to_string(++version_);
    happen(collection, "DELETED", std::move(node.mapped()));
}

const json::object& FakeCluster::at(const std::string& collection, const std::string& key) const {
    return collections_.at(collection).at(key);
}

void FakeCluster::happen(const std::string& collection, std::string type, json::object object) {
    events_.push_back({version_, collection, std::move(type), std::move(object)});
    const Event& event = events_.back();
    const std::string line =
        json::serialize(json::object{{"type", event.type}, {"object", event.object}}) + "\n";
    for (const auto& session : sessions_) {
        if (session->watches(collection, key_of(event.object))) session->chunk(line);
    }
}

void FakeCluster::bookmark() {
    say_to_watches(
        fmt::format("{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":"
                    "{{\"resourceVersion\":\"{}\"}}}}}}\n",
                    version_));
}

void FakeCluster::say_to_watches(const std::string& text) {
    for (const auto& session : sessions_) {
        if (session->is_watch()) session->chunk(text);
    }
}

void FakeCluster::cut_watches(const std::string& text) {
    for (const auto& session : sessions_) {
        if (!session->is_watch()) continue;
        if (!text.empty()) session->chunk(text);
        session->finish();
    }
}

std::size_t FakeCluster::watches() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(sessions_, [](const auto& session) { return session->is_watch(); }));
}

void FakeCluster::handle(const FakeRequest& request, Session& session) {
    requests.push_back(request);
    if (before) {
        if (const auto answer = before(request)) return session.answer(*answer);
    }
    // "/api/v1/namespaces/n/services/s/status": the namespace is taken out, the rest is split.
    std::string path = request.path;
    std::string space;
    if (const std::size_t at = path.find("/namespaces/"); at != std::string::npos) {
        const std::size_t end = std::min(path.find('/', at + 12), path.size());
        space = path.substr(at + 12, end - at - 12);
        if (end != path.size()) path.erase(at, end - at);
    }
    const bool status = path.ends_with("/status");
    if (status) path.resize(path.size() - 7);
    if (collections_.contains(path)) return handle_collection(path, space, request, session);
    const std::size_t slash = path.rfind('/');
    const std::string collection = path.substr(0, slash);
    if (!collections_.contains(collection)) {
        return session.answer({.status = 404, .body = "404 page not found\n"});
    }
    const std::string name = path.substr(slash + 1);
    handle_resource(collection, space.empty() ? name : space + '/' + name, request, session);
}

void FakeCluster::handle_collection(const std::string& collection, const std::string& space,
                                    const FakeRequest& request, Session& session) {
    if (request.method == "POST") {
        json::object resource = json::parse(request.body).as_object();
        if (!space.empty()) metadata(resource)["namespace"] = space;
        const std::string key = key_of(resource);
        if (collections_.at(collection).contains(key)) {
            return session.answer(failure(409, "already exists"));
        }
        put(collection, std::move(resource));
        return session.answer({.status = 201, .body = json::serialize(at(collection, key))});
    }
    request.is_watch() ? watch(collection, space, request, session)
                       : list(collection, space, request, session);
}

void FakeCluster::handle_resource(const std::string& collection, const std::string& key,
                                  const FakeRequest& request, Session& session) {
    auto& resources = collections_.at(collection);
    const auto found = resources.find(key);
    if (found == resources.end()) return session.answer(failure(404, key + " not found"));
    json::object changed = found->second;
    if (request.method == "DELETE") {
        erase(collection, key);
    } else if (request.method == "PUT" || request.method == "PATCH") {
        const json::object body = json::parse(request.body).as_object();
        const json::object& asked =
            body.contains("metadata") ? body.at("metadata").as_object() : json::object();
        for (const std::string_view name : {"resourceVersion", "uid"}) {
            const std::string wanted = text(asked, name);
            if (!wanted.empty() && wanted != text(metadata(changed), name)) {
                return session.answer(failure(409, "the object has been modified"));
            }
        }
        if (request.method == "PUT") {
            // Its status and its namespace are not a matter of this.
            const json::object old = std::exchange(changed, body);
            if (const json::value* status = old.if_contains("status")) changed["status"] = *status;
            const std::string space = text(old.at("metadata").as_object(), "namespace");
            if (!space.empty()) metadata(changed)["namespace"] = space;
        } else {
            merge(changed, body);
        }
        if (changed != found->second) put(collection, changed);
    }
    session.answer(
        {.body = json::serialize(request.method == "DELETE" ? changed : at(collection, key))});
}

void FakeCluster::list(const std::string& collection, const std::string& space,
                       const FakeRequest& request, Session& session) {
    const auto query = [&](const std::string& name) {
        const auto found = request.query.find(name);
        return found == request.query.end() ? std::string() : found->second;
    };
    // A token is the version of the first page and the last key of this one.
    std::string version = std::to_string(version_);
    std::string after;
    if (const std::string token = query("continue"); !token.empty()) {
        version = token.substr(0, token.find(' '));
        after = token.substr(token.find(' ') + 1);
        if (std::stoull(version) < compacted_) {
            return session.answer(failure(410, "The provided continue parameter is too old"));
        }
    }
    const std::size_t limit = query("limit").empty() ? SIZE_MAX : std::stoul(query("limit"));
    json::array items;
    json::object list_metadata{{"resourceVersion", version}};
    for (const auto& [key, resource] : collections_.at(collection)) {
        if (key <= after || (!space.empty() && !key.starts_with(space + '/'))) continue;
        if (!is_selected(key, query("fieldSelector"))) continue;
        if (items.size() == limit) {
            list_metadata["continue"] = version + ' ' + key_of(items.back().as_object());
            break;
        }
        items.emplace_back(resource);
    }
    session.answer({.body = json::serialize(json::object{{"kind", "SomeList"},
                                                         {"metadata", std::move(list_metadata)},
                                                         {"items", std::move(items)}})});
}

void FakeCluster::watch(const std::string& collection, const std::string& space,
                        const FakeRequest& request, Session& session) {
    const std::uint64_t from = std::stoull(request.query.at("resourceVersion"));
    const auto selector = request.query.find("fieldSelector");
    session.begin_stream(collection, space.empty() ? "" : space + '/',
                         selector == request.query.end() ? "" : selector->second);
    if (from < compacted_) {
        const json::object status{
            {"kind", "Status"}, {"code", 410}, {"message", "too old resource version"}};
        session.chunk(json::serialize(json::object{{"type", "ERROR"}, {"object", status}}) + "\n");
        return session.send("0\r\n\r\n");
    }
    for (const Event& event : events_) {
        if (event.version <= from || !session.watches(event.collection, key_of(event.object))) {
            continue;
        }
        session.chunk(
            json::serialize(json::object{{"type", event.type}, {"object", event.object}}) + "\n");
    }
}

}  // namespace torii::test
