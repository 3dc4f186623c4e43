#pragma once

#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace torii::api {

struct Request {
    std::string method = "GET";
    std::string target;        // path and query
    std::string content_type;  // of the body; empty: there is none
    std::string body;
    Duration answer_max = std::chrono::seconds(30);  // until the answer begins
    // How long the answer may pause once it has begun.
    Duration pause_max = std::chrono::seconds(30);
};

// How an exchange ended.
struct Outcome {
    unsigned status = 0;   // of HTTP; 0: there was no answer
    std::string error{};   // why there is no answer, or no whole one; empty: it is whole
    bool garbled = false;  // the answer is not what it should be: asked again it would be the same
    std::optional<Seconds> retry_after{};
    std::string message{};  // what the server says of an error

    [[nodiscard]] bool good() const { return error.empty() && status >= 200 && status < 300; }
    // For a person: "403: services is forbidden: ...".
    [[nodiscard]] std::string text() const;
};

struct Handlers {
    // An answer of success has begun.
    std::function<void()> accepted;
    // The body of an answer of success as it comes; what is wrong with it ends the exchange.
    std::function<Result<void>(std::string_view)> body;
    // Once, last of all; not after the exchange was cancelled. May begin another.
    std::function<void(const Outcome&)> ended;
};

// Handlers::body that keeps an answer of at most `size_max` octets in `body`, which is emptied; the
// error names `what`.
[[nodiscard]] inline std::function<Result<void>(std::string_view)> collect(std::string& body,
                                                                           std::size_t size_max,
                                                                           std::string_view what) {
    body.clear();
    return [&body, size_max, what](std::string_view octets) -> Result<void> {
        if (body.size() + octets.size() > size_max) return fail("{} is too large", what);
        body += octets;
        return {};
    };
}

// A way to the API server that carries one exchange at a time.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    // Begins it; handlers are called in later turns of the loop. Dropping the Timer ends it.
    [[nodiscard]] virtual Timer exchange(Request request, Handlers handlers) = 0;
};

}  // namespace torii::api
