#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

struct lyd_node;

namespace torii::yang {

// A place in a validated configuration, for reading. Defaults of the model read as if configured. A
// container that is not there reads as empty.
class ConfigNode {
public:
    // Schema paths of the leaves that were asked for: "bgp/neighbor/address".
    using Reads = std::set<std::string>;

    ConfigNode(const lyd_node* node, const lyd_node* first_child, std::string path, Reads* reads)
        : node_(node), first_child_(first_child), path_(std::move(path)), reads_(reads) {}

    [[nodiscard]] bool present() const { return node_ != nullptr; }
    [[nodiscard]] std::optional<std::string> text(std::string_view leaf) const;
    [[nodiscard]] std::optional<std::uint32_t> number(std::string_view leaf) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view leaf) const;
    // A leaf of type empty.
    [[nodiscard]] bool flag(std::string_view leaf) const;
    [[nodiscard]] std::vector<std::string> leaf_list(std::string_view name) const;
    [[nodiscard]] ConfigNode container(std::string_view name) const;
    [[nodiscard]] std::vector<ConfigNode> list(std::string_view name) const;

private:
    [[nodiscard]] const lyd_node* find(std::string_view name) const;
    [[nodiscard]] std::string path_to(std::string_view name) const;
    void note(std::string_view leaf) const;

    const lyd_node* node_;
    const lyd_node* first_child_;
    std::string path_;
    Reads* reads_;
};

}  // namespace torii::yang
