#pragma once

#include "platform/base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ly_ctx;
struct lysc_node;

namespace torii::yang {

// A node of the model, for tests that look after the model itself.
struct SchemaNode {
    std::string path;  // "bgp/neighbor/address"
    std::string description;
    bool leaf = false;         // or leaf-list
    bool has_default = false;  // of a leaf
    // Of patterns, ranges, lengths and musts: those that would answer in libyang's words.
    unsigned constraints_without_message = 0;
};

// The compiled modules torii-*.yang. Read-only after load.
class Schema {
public:
    [[nodiscard]] static Result<Schema> load(const std::string& directory);

    [[nodiscard]] std::vector<SchemaNode> nodes() const;
    [[nodiscard]] ly_ctx* context() const { return context_.get(); }
    // A top-level node by its bare name, or null.
    [[nodiscard]] const lysc_node* top_level(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> top_level_names() const;

private:
    struct Destroy {
        void operator()(ly_ctx* context) const;
    };
    std::unique_ptr<ly_ctx, Destroy> context_;
};

// Where a module's sections stand in what is shown: the machine first, protocols later.
[[nodiscard]] std::size_t module_position(std::string_view module);

// The error libyang wrote last in this thread, cleared.
struct LibraryError {
    std::string message;
    std::string data_path;  // empty when it named none
};
[[nodiscard]] LibraryError take_error(const Schema& schema);

}  // namespace torii::yang
