#pragma once

#include "platform/base/result.h"
#include "platform/linux/netlink_message.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct mnl_socket;

namespace torii::netlink {

// Room for this much that waits to be received, as far as we may.
void grow_receive_queue(int descriptor, int octets);

// What the kernel answered: an errno and, with luck, its explanation (extended ACK).
struct Answer {
    int error = 0;
    std::string explanation{};

    [[nodiscard]] std::string text() const;
};

// Requests to the kernel and its answers. It carries requests out while they are being sent, so
// nothing here waits for another process.
class Socket {
public:
    using Consume = std::function<void(const nlmsghdr&)>;

    // Of one of the kernel's families of requests, NETLINK_ROUTE unless another is named.
    static Result<std::unique_ptr<Socket>> open(int family = 0);
    explicit Socket(mnl_socket* netlink);
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket();

    // The kernel's name for it.
    [[nodiscard]] std::uint32_t port() const;

    // A change. `what()` says what could not be done; errors that are `fine` are none.
    Result<void> change(Message& message, std::initializer_list<int> fine, auto what) {
        const Answer answer = change(message);
        if (answer.error == 0 || std::ranges::count(fine, answer.error) != 0) return {};
        return fail("cannot {}: {}", what(), answer.text());
    }
    // Many at once, one behind the other in `messages`. Only failures are answered, each with its
    // place in the row; what comes out is the error that befell the row as a whole, so that nothing
    // is known of its parts.
    using Failed = std::function<void(std::size_t place, const Answer& answer)>;
    [[nodiscard]] Answer change_all(std::span<char> messages, const Failed& failed);

    // All of a kind, whole at one moment.
    template <class T>
    Result<std::vector<T>> dump(std::uint16_t type, std::string_view what,
                                std::optional<T> (*parse)(const nlmsghdr&)) {
        for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
            std::vector<T> all;
            Result<DumpState> state = begin_dump(type, what);
            while (state && *state == DumpState::more) {
                state = read_dump(what, [&](const nlmsghdr& message) {
                    if (auto one = parse(message)) all.push_back(std::move(*one));
                });
            }
            if (!state) return unexpected(state.error());
            if (*state == DumpState::complete) return all;
        }
        return changes_too_fast(what);
    }

    // The same in portions. What is told of a dump that ends as `interrupted` may lack something:
    // the kernel's table has changed meanwhile (NLM_F_DUMP_INTR).
    enum class DumpState { more, complete, interrupted };
    static constexpr int kDumpAttempts = 20;
    Result<DumpState> begin_dump(std::uint16_t type, std::string_view what);
    Result<DumpState> read_dump(std::string_view what, const Consume& consume);
    [[nodiscard]] static tl::unexpected<Error> changes_too_fast(std::string_view what);

private:
    Answer change(Message& message);
    bool send(std::span<const char> messages);
    // One datagram of answers since the request `first`; false when `consume` was told the last
    // one; an errno on failure.
    Result<bool, int> receive(std::uint32_t first, int flags,
                              const std::function<bool(const nlmsghdr&)>& consume);

    mnl_socket* netlink_;
    std::vector<char> buffer_;
    std::uint32_t sequence_ = 0;
    bool interrupted_ = false;  // the dump that is being read
};

}  // namespace torii::netlink
