#pragma once

#include "agent/api/access.h"
#include "agent/api/transport.h"
#include "platform/runtime/event_loop.h"

#include <memory>

namespace torii::api {

class Connection;

// HTTP/1.1 over TCP, with TLS unless the server's URL says otherwise. A connection is kept for the
// next exchange. Certificates are read for each connection and the token for each exchange, so
// files may change at any time.
class HttpTransport final : public Transport {
public:
    HttpTransport(EventLoop& loop, std::shared_ptr<const Access> access);
    ~HttpTransport() override;

    [[nodiscard]] Timer exchange(Request request, Handlers handlers) override;

private:
    class Exchange;

    EventLoop& loop_;
    std::shared_ptr<const Access> access_;
    std::shared_ptr<Connection> idle_;  // from the last exchange
};

}  // namespace torii::api
