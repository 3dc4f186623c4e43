#pragma once

#include "platform/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ly_ctx;
struct lysc_node;

namespace torii::yang {

// Which nodes count.
enum class Nodes : std::uint8_t { configuration, all };

// A node of the model, for tests that look after the model itself.
struct SchemaNode {
    std::string path;  // "bgp/neighbor/address"
    std::string description;
    bool leaf = false;          // or leaf-list
    bool state = false;         // not configuration
    bool notification = false;  // or a part of one
    bool has_default = false;   // of a leaf
    bool key = false;           // of its list
    unsigned lists = 0;         // that it is in
    std::string refers_to{};    // the path of another leaf, of which it has a value
    // Of patterns, ranges, lengths and musts: those that would answer in libyang's words.
    unsigned constraints_without_message = 0;
};

// A module as it is told to clients.
struct ModuleInfo {
    std::string name;
    std::string revision;  // empty: it has none
    std::string space;
    std::vector<std::string> features;  // those in force
    bool implemented = false;           // otherwise others take types or groupings from it
};

// The compiled modules torii-*.yang, which are the configuration, and those of NETCONF, which are
// Debian's. Read-only after load.
class Schema {
public:
    [[nodiscard]] static Result<Schema> load(const std::string& directory);

    // What is missing for NETCONF, as a sentence; empty: nothing.
    [[nodiscard]] const std::string& netconf_lacks() const { return netconf_lacks_; }
    [[nodiscard]] std::vector<ModuleInfo> modules() const;
    // Another one means other modules (RFC 8525).
    [[nodiscard]] std::string content_id() const;
    // The text of a module. An empty revision: whichever there is.
    [[nodiscard]] std::optional<std::string> module_text(const std::string& name,
                                                         const std::string& revision) const;

    // Of our own modules, configuration and state.
    [[nodiscard]] std::vector<SchemaNode> nodes() const;
    [[nodiscard]] ly_ctx* context() const { return context_.get(); }
    // A top-level node by its bare name, or null.
    [[nodiscard]] const lysc_node* top_level(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> top_level_names() const;

private:
    struct Destroy {
        void operator()(ly_ctx* context) const;
    };
    void load_netconf();

    std::unique_ptr<ly_ctx, Destroy> context_;
    std::string netconf_lacks_;
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
