#pragma once

#include "dataplane/server/config.h"
#include "platform/base/result.h"
#include "platform/linux/tap_setup.h"

#include <string>
#include <vector>

namespace torii::dataplane {

// What torii-platformd has to say: it binds the cards of the ports, and knows what of the machine
// is meant for the packet engine. Where none listens, cards have to be bound already, and the rest
// is as it always was.
class Machine {
public:
    explicit Machine(std::string socket) : socket_(std::move(socket)) {}

    // Whether it could provide the cards of these ports.
    [[nodiscard]] Result<void> check(const Config& config) const;
    // Has it provide them, and completes the configuration where that leaves it the choice. Cards
    // `in_use` are kept: until they are let go of the kernel waits for that. Returns the rights
    // that ports need and only the service's next process has; mostly none.
    Result<std::vector<std::string>> prepare(Config& config,
                                             const std::vector<std::string>& in_use) const;
    // Gives back those of `in_use` that no port of the configuration has, and that were let go of.
    Result<void> give_back(const Config& config, const std::vector<std::string>& in_use) const;

    // Has it make the TAP of a port, or change it: that takes rights which this process has only
    // where there is no torii-platformd.
    Result<void> set_up_tap(const PortTap& tap, netlink::Requests& requests) const;

private:
    std::string socket_;
};

}  // namespace torii::dataplane
