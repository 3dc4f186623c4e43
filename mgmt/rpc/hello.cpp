#include "mgmt/rpc/hello.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace torii::rpc {
namespace {

constexpr std::string_view kBase10 = "urn:ietf:params:netconf:base:1.0";
constexpr std::string_view kBase11 = "urn:ietf:params:netconf:base:1.1";
constexpr std::array<std::string_view, 10> kFixed{
    kBase10,
    kBase11,
    "urn:ietf:params:netconf:capability:candidate:1.0",
    "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
    "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
    "urn:ietf:params:netconf:capability:validate:1.1",
    "urn:ietf:params:netconf:capability:xpath:1.0",
    "urn:ietf:params:netconf:capability:with-defaults:1.0"
    "?basic-mode=explicit&also-supported=report-all,report-all-tagged,trim",
    "urn:ietf:params:netconf:capability:notification:1.0",
    "urn:ietf:params:netconf:capability:interleave:1.0"};

std::string module_capability(const yang::ModuleInfo& module) {
    std::string out = fmt::format("{}?module={}", module.space, module.name);
    if (!module.revision.empty()) out += fmt::format("&revision={}", module.revision);
    if (!module.features.empty()) {
        out += fmt::format("&features={}", fmt::join(module.features, ","));
    }
    return out;
}

}  // namespace

std::vector<std::string> capabilities(const yang::Schema& schema) {
    std::vector<std::string> out(kFixed.begin(), kFixed.end());
    // RFC 7950 section 5.6.4
    const auto modules = schema.modules();
    const auto library = std::ranges::find(modules, "ietf-yang-library", &yang::ModuleInfo::name);
    if (library != modules.end()) {
        out.push_back(fmt::format(
            "urn:ietf:params:netconf:capability:yang-library:1.0?revision={}&module-set-id={}",
            library->revision, schema.content_id()));
    }
    for (const yang::ModuleInfo& module : modules) out.push_back(module_capability(module));
    return out;
}

std::string hello(const yang::Schema& schema, std::uint64_t session) {
    std::string out = fmt::format("<hello xmlns=\"{}\"><capabilities>", kNetconfSpace);
    for (const std::string& capability : capabilities(schema)) {
        out += fmt::format("<capability>{}</capability>", xml::escaped(capability));
    }
    return out + fmt::format("</capabilities><session-id>{}</session-id></hello>", session);
}

Result<bool> speaks_1_1(const xml::Element& hello) {
    if (!hello.is(kNetconfSpace, "hello")) return fail("the first message is no <hello>");
    const xml::Element* list = hello.child("capabilities");
    if (list == nullptr) return fail("<hello> has no <capabilities>");
    if (hello.child("session-id") != nullptr) return fail("a client's <hello> has no <session-id>");
    const auto has = [list](std::string_view wanted) {
        return std::ranges::any_of(list->children, [&](const xml::Element& capability) {
            return capability.trimmed() == wanted;
        });
    };
    if (has(kBase11)) return true;
    if (has(kBase10)) return false;
    return fail("<hello> has neither {} nor {}", kBase10, kBase11);
}

}  // namespace torii::rpc
