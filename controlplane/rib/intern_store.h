#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace torii::rib {

// Keeps one copy of each distinct value and counts who holds it. Two handles of one store are equal
// exactly when their values are, so comparing them is comparing addresses. Not for several threads:
// the control plane has one. The store outlives its handles.
template <class T, class Hash>
class InternStore {
    struct Node {
        T value;
        std::size_t hash;
        std::uint32_t references;
        std::uint32_t number;
        InternStore* store;
    };

public:
    class Handle {
    public:
        Handle() = default;
        Handle(const Handle& other) : node_(other.node_) {
            if (node_ != nullptr) ++node_->references;
        }
        Handle(Handle&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
        Handle& operator=(Handle other) noexcept {
            std::swap(node_, other.node_);
            return *this;
        }
        ~Handle() {
            if (node_ != nullptr && --node_->references == 0) node_->store->erase(node_);
        }

        explicit operator bool() const { return node_ != nullptr; }
        const T& operator*() const { return node_->value; }
        const T* operator->() const { return &node_->value; }
        [[nodiscard]] std::size_t hash() const { return std::hash<const void*>{}(node_); }
        // Stands for the value while somebody holds it. 0: unset.
        [[nodiscard]] std::uint32_t number() const { return node_ == nullptr ? 0 : node_->number; }
        friend bool operator==(const Handle&, const Handle&) = default;

    private:
        friend InternStore;
        explicit Handle(Node* node) : node_(node) { ++node_->references; }

        Node* node_ = nullptr;
    };

    InternStore() = default;
    InternStore(const InternStore&) = delete;
    InternStore& operator=(const InternStore&) = delete;
    ~InternStore() { assert(nodes_.empty()); }

    // The handle of the stored value that equals `value`.
    [[nodiscard]] Handle intern(const T& value) {
        const std::size_t hash = Hash{}(value);
        const auto [first, last] = nodes_.equal_range(hash);
        for (auto it = first; it != last; ++it) {
            if (it->second->value == value) return Handle(it->second.get());
        }
        auto node = std::make_unique<Node>(Node{value, hash, 0, next_number(), this});
        by_number_[node->number] = node.get();
        return Handle(nodes_.emplace(hash, std::move(node))->second.get());
    }
    // For tables of millions, a handle in half the room: its number, which counts until drop().
    [[nodiscard]] std::uint32_t hold(const Handle& handle) {
        if (handle) ++handle.node_->references;
        return handle.number();
    }
    void drop(std::uint32_t number) {
        Node* const node = by_number_[number];
        if (node != nullptr && --node->references == 0) erase(node);
    }
    [[nodiscard]] Handle handle(std::uint32_t number) const {
        return number == 0 ? Handle() : Handle(by_number_[number]);
    }
    // Distinct values that somebody holds.
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }

private:
    std::uint32_t next_number() {
        if (free_.empty()) {
            by_number_.push_back(nullptr);
            return static_cast<std::uint32_t>(by_number_.size() - 1);
        }
        const std::uint32_t number = free_.back();
        free_.pop_back();
        return number;
    }
    void erase(const Node* node) {
        by_number_[node->number] = nullptr;
        free_.push_back(node->number);
        const auto [first, last] = nodes_.equal_range(node->hash);
        for (auto it = first; it != last; ++it) {
            if (it->second.get() != node) continue;
            nodes_.erase(it);
            return;
        }
        assert(false);
    }

    std::unordered_multimap<std::size_t, std::unique_ptr<Node>> nodes_;
    std::vector<Node*> by_number_{nullptr};
    std::vector<std::uint32_t> free_;
};

}  // namespace torii::rib
