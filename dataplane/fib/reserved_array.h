#pragma once

#include <cstddef>
#include <utility>

namespace torii::fib {

// `size` octets of zeroed address space, of which only touched pages take memory. Ends the program
// when the kernel refuses: there is no forwarding without.
[[nodiscard]] void* reserve_memory(std::size_t size);
void release_memory(void* memory, std::size_t size);

// A zeroed array that never moves, so that readers need no indirection when it fills. T must be
// valid when all zero and need no destructor (integers and atomics of them).
template <class T>
class ReservedArray {
public:
    explicit ReservedArray(std::size_t count)
        : count_(count), items_(static_cast<T*>(reserve_memory(count * sizeof(T)))) {}
    ReservedArray(ReservedArray&& other) noexcept
        : count_(other.count_), items_(std::exchange(other.items_, nullptr)) {}
    ReservedArray(const ReservedArray&) = delete;
    ReservedArray& operator=(const ReservedArray&) = delete;
    ReservedArray& operator=(ReservedArray&&) = delete;
    ~ReservedArray() {
        if (items_ != nullptr) release_memory(items_, count_ * sizeof(T));
    }

    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] T& operator[](std::size_t index) { return items_[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const { return items_[index]; }

private:
    std::size_t count_;
    T* items_;
};

}  // namespace torii::fib
