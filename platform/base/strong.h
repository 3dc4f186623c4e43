#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace torii {

// A number with a meaning: two Strong types never mix, though both hold the same Value.
template <class Tag, class Value>
class Strong {
public:
    using value_type = Value;

    constexpr Strong() = default;
    constexpr explicit Strong(Value value) : value_(value) {}

    [[nodiscard]] constexpr Value value() const { return value_; }

    friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

private:
    Value value_{};
};

// For unordered containers: std::unordered_map<NextHopId, T, StrongHash>.
struct StrongHash {
    template <class Tag, class Value>
    std::size_t operator()(const Strong<Tag, Value>& strong) const {
        return std::hash<Value>{}(strong.value());
    }
};

}  // namespace torii
