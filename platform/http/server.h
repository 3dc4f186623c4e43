#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/result.h"
#include "platform/runtime/event_loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torii::http {

struct Response {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers{};  // beside those of HTTP itself
};

// Serves GET and HEAD (RFC 9110) at one address until it is destroyed. Who is slow loses its
// connection after kTimeout, and beyond kConnectionsMax at once nobody gets another.
class Server {
public:
    using Answer = std::function<void(Response)>;
    // `target` as in the request line, "/metrics". `answer` may be called at once or later, once.
    using Handler = std::function<void(const std::string& target, const Answer& answer)>;

    static constexpr std::chrono::seconds kTimeout{10};
    static constexpr std::size_t kConnectionsMax = 64;

    // Port 0: any that is free. Fails when the address is not ours or the port is taken.
    static Result<std::unique_ptr<Server>> listen(EventLoop& loop, const IpAddress& address,
                                                  std::uint16_t port, Handler handle);

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    virtual ~Server() = default;

    [[nodiscard]] virtual std::uint16_t port() const = 0;

protected:
    Server() = default;
};

}  // namespace torii::http
