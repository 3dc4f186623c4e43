#include "agent/api/http_transport.h"

#include "agent/api/connection.h"
#include "agent/api/response_reader.h"

#include <chrono>
#include <utility>

namespace torii::api {
namespace {

constexpr Duration kConnectMax = std::chrono::seconds(10);

}  // namespace

// From a request to the end of its answer. Lives as long as something is under way.
class HttpTransport::Exchange : public std::enable_shared_from_this<Exchange> {
public:
    Exchange(HttpTransport& transport, Request request, Handlers handlers)
        : loop_(transport.loop_),
          access_(transport.access_),
          transport_(&transport),
          request_(std::move(request)),
          handlers_(std::move(handlers)) {
        guarded_.accepted = [this] {
            if (handlers_.accepted) handlers_.accepted();
        };
        guarded_.body = [this](std::string_view octets) -> Result<void> {
            if (over_) return fail("cancelled");
            return handlers_.body ? handlers_.body(octets) : Result<void>();
        };
    }

    void start() {
        auto text = compose();
        if (!text) return end(text.error().message);
        text_ = std::move(*text);
        connection_ = std::exchange(transport_->idle_, nullptr);
        reused_ = connection_ != nullptr;
        if (reused_) return send();
        connect();
    }

    // No handler is called any more.
    void cancel() {
        over_ = true;
        limit_.reset();
        if (connection_) connection_->close();
    }

private:
    [[nodiscard]] Result<std::string> compose() const {
        const auto token = access_->token.read();
        if (!token) return unexpected(token.error());
        std::string authorization = *token;
        while (authorization.ends_with('\n') || authorization.ends_with('\r')) {
            authorization.pop_back();
        }
        if (!authorization.empty()) authorization = "Bearer " + authorization;
        if (authorization.find_first_of("\r\n") != std::string::npos) {
            return fail("the token has several lines");
        }
        const bool bare = access_->host.find(':') == std::string::npos;
        return request_text(request_, bare ? access_->host : '[' + access_->host + ']',
                            access_->path_prefix, authorization);
    }

    void connect() {
        auto made = Connection::make(loop_.context(), *access_);
        if (!made) return end(made.error().message);
        connection_ = std::move(*made);
        limit_to(kConnectMax);
        connection_->connect(*access_, [self = shared_from_this()](const Result<void>& connected) {
            if (self->over_) return;
            if (!connected) return self->end(connected.error().message);
            self->send();
        });
    }

    void send() {
        limit_to(request_.answer_max);
        connection_->write(text_, [self = shared_from_this()](const Result<void>& written) {
            if (self->over_) return;
            if (!written) return self->broken(written.error().message);
            self->receive();
        });
    }

    void receive() {
        connection_->read([self = shared_from_this()](const Result<std::string_view>& octets) {
            if (self->over_) return;
            if (!octets) return self->broken(octets.error().message);
            self->take(*octets);
        });
    }

    void take(std::string_view octets) {
        if (octets.empty()) {
            const auto ended = reader_.end(guarded_);
            if (over_) return;
            return ended ? end({}) : broken(ended.error().message);
        }
        got_some_ = true;
        const auto taken = reader_.take(octets, guarded_);
        if (over_) return;
        if (!taken) {
            garbled_ = true;
            return end(taken.error().message);
        }
        if (reader_.done()) return end({});
        limit_to(reader_.outcome().status != 0 ? request_.pause_max : request_.answer_max);
        receive();
    }

    // The server may have closed a connection that was idle: that says nothing of the request.
    void broken(const std::string& error) {
        if (!std::exchange(reused_, false) || got_some_ || timed_out_) return end(error);
        connection_->close();
        connect();
    }

    void limit_to(Duration span) {
        limit_ = loop_.after(span, [self = weak_from_this()] {
            const auto exchange = self.lock();
            if (!exchange || exchange->over_) return;
            exchange->timed_out_ = true;
            exchange->connection_->close();
        });
    }

    void end(std::string error) {
        limit_.reset();
        if (reader_.keeps_connection() && error.empty()) {
            transport_->idle_ = connection_;
        } else if (connection_) {
            connection_->close();
        }
        connection_.reset();  // cancel() has no say in it any more
        Outcome outcome = reader_.outcome();
        if (!error.empty()) outcome.error = access_->server() + ": " + error;
        outcome.garbled = garbled_;
        over_ = true;
        // In a turn of its own, also when it failed at once.
        loop_.post([self = shared_from_this(), outcome] {
            if (self->transport_ != nullptr) self->handlers_.ended(outcome);
        });
    }

    friend class HttpTransport;
    EventLoop& loop_;
    std::shared_ptr<const Access> access_;
    HttpTransport* transport_;  // nothing: it was cancelled
    Request request_;
    Handlers handlers_;
    Handlers guarded_;
    std::string text_;
    std::shared_ptr<Connection> connection_;
    ResponseReader reader_;
    Timer limit_;
    bool reused_ = false;
    bool got_some_ = false;
    bool garbled_ = false;
    bool timed_out_ = false;
    bool over_ = false;
};

HttpTransport::HttpTransport(EventLoop& loop, std::shared_ptr<const Access> access)
    : loop_(loop), access_(std::move(access)) {}

HttpTransport::~HttpTransport() {
    if (idle_) idle_->close();
}

Timer HttpTransport::exchange(Request request, Handlers handlers) {
    const auto exchange =
        std::make_shared<Exchange>(*this, std::move(request), std::move(handlers));
    exchange->start();
    return Timer([exchange] {
        exchange->transport_ = nullptr;
        exchange->cancel();
    });
}

}  // namespace torii::api
