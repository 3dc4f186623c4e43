#pragma once

#include "mgmt/yang/config_node.h"
#include "mgmt/yang/problem.h"
#include "mgmt/yang/schema.h"
#include "platform/base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace torii::yang {

// A configuration that obeys the model, with the model's defaults filled in. Must not outlive its
// Schema.
class Configuration {
public:
    // Strict: nothing unknown passes. On failure every problem is named.
    [[nodiscard]] static Result<Configuration, Problems> parse(const Schema& schema,
                                                               std::string_view json);

    // For showing a document that is still being written: right in each name and value, but parts
    // may be missing and references lead nowhere. Has no defaults filled in.
    [[nodiscard]] static Result<Configuration, Problems> draft(const Schema& schema,
                                                               std::string_view json);

    [[nodiscard]] ConfigNode root(ConfigNode::Reads* reads = nullptr) const;

    // The same with every secret replaced, for everything that people or logs get to see.
    [[nodiscard]] Configuration redacted() const;

    // For this folder; null when nothing is in it.
    [[nodiscard]] const lyd_node* tree() const { return tree_.get(); }

    // Only what the words lead to, as of a set command: {"bgp", "neighbor", "192.0.2.1"}. None:
    // all.
    [[nodiscard]] Result<Configuration, Problem> part(const Schema& schema, Words words) const;

    // As it was written, without defaults, secrets included.
    [[nodiscard]] std::string json() const;
    [[nodiscard]] std::string xml() const;
    [[nodiscard]] std::string braces() const;
    [[nodiscard]] std::vector<std::string> set_commands() const;

private:
    struct Free {
        void operator()(lyd_node* tree) const;
    };
    using Tree = std::unique_ptr<lyd_node, Free>;
    explicit Configuration(Tree tree) : tree_(std::move(tree)) {}
    [[nodiscard]] Tree copy() const;

    Tree tree_;
};

}  // namespace torii::yang
