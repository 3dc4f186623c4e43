#pragma once

#include "agent/api/transport.h"
#include "platform/base/result.h"

#include <memory>
#include <string_view>

namespace torii::api {

// One answer of an HTTP/1.1 server, from its octets to the handlers of an exchange. Only here is
// HTTP's syntax known (RFC 9112); header fields are limited to 16 KiB, the text of an error to 4
// KiB.
class ResponseReader {
public:
    ResponseReader();
    ~ResponseReader();

    // Takes what came. An error: the answer breaks the protocol, or a handler does not like it.
    [[nodiscard]] Result<void> take(std::string_view octets, const Handlers& handlers);
    // Nothing more will come. An error: that is too early.
    [[nodiscard]] Result<void> end(const Handlers& handlers);

    [[nodiscard]] bool done() const;
    // Whether the connection can carry another exchange afterwards.
    [[nodiscard]] bool keeps_connection() const;
    // So far: the status, and of an error what the server says.
    [[nodiscard]] Outcome outcome() const;

private:
    class Parser;
    std::unique_ptr<Parser> parser_;
};

// The octets of a request. `authorization` is the value of the header field; empty: there is none.
[[nodiscard]] std::string request_text(const Request& request, std::string_view host,
                                       std::string_view path_prefix,
                                       std::string_view authorization);

}  // namespace torii::api
