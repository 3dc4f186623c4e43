#pragma once

#include <fmt/format.h>
#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace torii {

// What went wrong, where, and what to do: a sentence for a person.
struct Error {
    std::string message;

    friend bool operator==(const Error&, const Error&) = default;
};

// Anything that a peer, a user, a file or the kernel can cause is a Result; a broken invariant of
// our own is an assertion.
template <class T, class E = Error>
using Result = tl::expected<T, E>;

template <class E>
[[nodiscard]] auto unexpected(E error) {
    return tl::unexpected<E>(std::move(error));
}

// fail("cannot open {}: {}", path, reason) is the error side of any Result<T>.
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
    return tl::unexpected<Error>(Error{fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace torii
