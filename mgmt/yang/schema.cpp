#include "mgmt/yang/schema.h"

#include "mgmt/yang/references.h"

#include <fmt/ranges.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace torii::yang {
namespace {

constexpr std::array<std::string_view, 12> kModules{
    "torii-system", "torii-platform", "torii-interfaces", "torii-routing",
    "torii-policy", "torii-bfd",      "torii-bgp",        "torii-forwarding",
    "torii-access", "torii-punt",     "torii-services",   "torii-bgp-state"};

// Where the package libyuma-base puts the modules of the IETF.
constexpr std::array<const char*, 3> kNetconfFolders{"/usr/share/yuma/modules/ietf",
                                                     "/usr/share/yuma/modules/ietf-derived",
                                                     "/usr/share/yuma/modules/netconfcentral"};

// What we have of NETCONF, and the features in force.
struct NetconfModule {
    const char* name;
    std::array<const char*, 6> features;  // null ends them
};
constexpr std::array<NetconfModule, 5> kNetconfModules{
    {{"ietf-netconf",
      {"candidate", "confirmed-commit", "rollback-on-error", "validate", "xpath", nullptr}},
     {"ietf-netconf-with-defaults", {}},
     {"ietf-netconf-monitoring", {}},
     {"torii-operations", {}},
     {"nc-notifications", {}}}};

// libyang 2.1 hides the path in a sentence: Data location "/a:b/c", line number 3.
std::string data_path_of(std::string_view sentence) {
    constexpr std::string_view kStart = "Data location \"";
    const auto start = sentence.find(kStart);
    if (start == std::string_view::npos) return {};
    sentence.remove_prefix(start + kStart.size());
    const auto end = sentence.rfind("\", line") != std::string_view::npos
                         ? sentence.rfind("\", line")
                         : sentence.rfind("\".");
    return std::string(sentence.substr(0, end));
}

unsigned without_message(const lysc_type* type) {
    const auto missing = [](const lysc_range* range) {
        return range != nullptr && range->emsg == nullptr ? 1U : 0U;
    };
    unsigned count = 0;
    switch (type->basetype) {
        case LY_TYPE_STRING: {
            const auto* string = reinterpret_cast<const lysc_type_str*>(type);
            count += missing(string->length);
            LY_ARRAY_COUNT_TYPE index = 0;
            LY_ARRAY_FOR(string->patterns, index) {
                if (string->patterns[index]->emsg == nullptr) ++count;
            }
            return count;
        }
        case LY_TYPE_UNION: {
            const auto* members = reinterpret_cast<const lysc_type_union*>(type);
            LY_ARRAY_COUNT_TYPE index = 0;
            LY_ARRAY_FOR(members->types, index) {
                count += without_message(members->types[index]);
            }
            return count;
        }
        case LY_TYPE_UINT8:
        case LY_TYPE_UINT16:
        case LY_TYPE_UINT32:
        case LY_TYPE_UINT64: return missing(reinterpret_cast<const lysc_type_num*>(type)->range);
        default: return 0;
    }
}

unsigned musts_without_message(const lysc_node* node) {
    unsigned count = 0;
    const lysc_must* musts = lysc_node_musts(node);
    LY_ARRAY_COUNT_TYPE index = 0;
    LY_ARRAY_FOR(musts, index) {
        if (musts[index].emsg == nullptr) ++count;
    }
    return count;
}

// Not a notification.
bool is_data(const lysc_node* node) {
    return (node->nodetype & LYS_NOTIF) == 0;
}

SchemaNode describe(const lysc_node* node, const std::string& path) {
    SchemaNode out;
    out.path = path;
    out.description = node->dsc != nullptr ? node->dsc : "";
    out.state = (node->flags & LYS_CONFIG_R) != 0;
    out.notification = node->nodetype == LYS_NOTIF || (node->flags & LYS_IS_NOTIF) != 0;
    out.constraints_without_message = musts_without_message(node);
    out.key = lysc_is_key(node);
    for (const lysc_node* above = node->parent; above != nullptr; above = above->parent) {
        if (above->nodetype == LYS_LIST) ++out.lists;
    }
    if (const lysc_node* target = reference_target(node)) out.refers_to = schema_path(target);
    if (node->nodetype == LYS_LEAF) {
        const auto* leaf = reinterpret_cast<const lysc_node_leaf*>(node);
        out.leaf = true;
        out.has_default = leaf->dflt != nullptr;
        out.constraints_without_message += without_message(leaf->type);
    } else if (node->nodetype == LYS_LEAFLIST) {
        const auto* list = reinterpret_cast<const lysc_node_leaflist*>(node);
        out.leaf = true;
        out.has_default = list->dflts != nullptr;
        out.constraints_without_message += without_message(list->type);
    }
    return out;
}

void collect(const lysc_node* parent, const lysc_module* module, const std::string& prefix,
             std::vector<SchemaNode>& out) {
    const lysc_node* node = nullptr;
    while ((node = lys_getnext(node, parent, module, 0)) != nullptr) {
        const std::string path = prefix + node->name;
        out.push_back(describe(node, path));
        if ((node->nodetype & (LYS_CONTAINER | LYS_LIST | LYS_NOTIF)) != 0) {
            collect(node, nullptr, path + "/", out);
        }
    }
}

}  // namespace

void Schema::Destroy::operator()(ly_ctx* context) const {
    ly_ctx_destroy(context);
}

Result<Schema> Schema::load(const std::string& directory) {
    ly_log_options(LY_LOSTORE_LAST);
    ly_ctx* context = nullptr;
    if (ly_ctx_new(directory.c_str(), LY_CTX_DISABLE_SEARCHDIR_CWD | LY_CTX_SET_PRIV_PARSED,
                   &context) != LY_SUCCESS) {
        return fail("cannot read the YANG modules in {}: is it a directory?", directory);
    }
    Schema schema;
    schema.context_.reset(context);
    for (const std::string_view module : kModules) {
        if (ly_ctx_load_module(context, module.data(), nullptr, nullptr) == nullptr) {
            return fail("YANG module {} in {}: {}", module, directory, take_error(schema).message);
        }
    }
    schema.load_netconf();
    return schema;
}

// The configuration does not depend on them, so without them only NETCONF is missing.
void Schema::load_netconf() {
    for (const char* folder : kNetconfFolders) ly_ctx_set_searchdir(context(), folder);
    for (const NetconfModule& module : kNetconfModules) {
        auto features = module.features;
        if (ly_ctx_load_module(context(), module.name, nullptr, features.data()) == nullptr) {
            netconf_lacks_ = fmt::format(
                "NETCONF needs the YANG module {}: install the package libyuma-base ({})",
                module.name, take_error(*this).message);
            return;
        }
    }
}

std::vector<ModuleInfo> Schema::modules() const {
    std::vector<ModuleInfo> out;
    std::uint32_t index = 0;
    while (const lys_module* module = ly_ctx_get_module_iter(context(), &index)) {
        ModuleInfo info{module->name,
                        module->revision != nullptr ? module->revision : "",
                        module->ns,
                        {},
                        module->implemented != 0};
        const lysp_feature* feature = nullptr;
        std::uint32_t at = 0;
        while ((feature = lysp_feature_next(feature, module->parsed, &at)) != nullptr) {
            if ((feature->flags & LYS_FENABLED) != 0) info.features.emplace_back(feature->name);
        }
        out.push_back(std::move(info));
    }
    return out;
}

std::string Schema::content_id() const {
    // FNV-1a over the modules: the same after a restart with the same.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const ModuleInfo& module : modules()) {
        for (const char character : fmt::format("{}@{} {};", module.name, module.revision,
                                                fmt::join(module.features, " "))) {
            hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
        }
    }
    return fmt::format("{:016x}", hash);
}

std::optional<std::string> Schema::module_text(const std::string& name,
                                               const std::string& revision) const {
    const lys_module* module = revision.empty()
                                   ? ly_ctx_get_module_latest(context(), name.c_str())
                                   : ly_ctx_get_module(context(), name.c_str(), revision.c_str());
    if (module == nullptr) return std::nullopt;
    // Its own text has the comments, and is what others have of it.
    if (module->filepath != nullptr) {
        std::ifstream file(module->filepath);
        std::string text{std::istreambuf_iterator<char>(file), {}};
        if (file && !text.empty()) return text;
    }
    char* printed = nullptr;
    lys_print_mem(&printed, module, LYS_OUT_YANG, 0);
    const std::unique_ptr<char, decltype(&std::free)> owner(printed, &std::free);
    if (printed == nullptr) return std::nullopt;
    return std::string(printed);
}

std::vector<SchemaNode> Schema::nodes() const {
    std::vector<SchemaNode> out;
    for (const std::string_view name : kModules) {
        const lys_module* module = ly_ctx_get_module_implemented(context(), name.data());
        collect(nullptr, module->compiled, "", out);
    }
    return out;
}

const lysc_node* Schema::top_level(const std::string& name) const {
    for (const std::string_view module_name : kModules) {
        const lys_module* module = ly_ctx_get_module_implemented(context(), module_name.data());
        const lysc_node* node = lys_find_child(nullptr, module, name.c_str(), 0, 0, 0);
        if (node != nullptr && is_data(node)) return node;
    }
    return nullptr;
}

std::vector<std::string> Schema::top_level_names() const {
    std::vector<std::string> names;
    for (const std::string_view module_name : kModules) {
        const lys_module* module = ly_ctx_get_module_implemented(context(), module_name.data());
        const lysc_node* node = nullptr;
        while ((node = lys_getnext(node, nullptr, module->compiled, 0)) != nullptr) {
            if (is_data(node)) names.emplace_back(node->name);
        }
    }
    return names;
}

std::size_t module_position(std::string_view module) {
    return static_cast<std::size_t>(std::ranges::find(kModules, module) - kModules.begin());
}

LibraryError take_error(const Schema& schema) {
    LibraryError out{"unknown error", {}};
    if (const ly_err_item* item = ly_err_last(schema.context())) {
        if (item->msg != nullptr) out.message = item->msg;
        if (item->path != nullptr) out.data_path = data_path_of(item->path);
    }
    ly_err_clean(schema.context(), nullptr);
    return out;
}

}  // namespace torii::yang
