// What torii-operations.yang has beside RFC 6241.
#include "mgmt/rpc/netconf_session.h"
#include "mgmt/rpc/operations.h"
#include "mgmt/rpc/parameters.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace torii::rpc {
namespace {

constexpr std::uint32_t kPageUsual = 1000;
constexpr std::uint32_t kPageMost = 10'000;

Result<PageWish, RpcError> page_wish(const yang::Schema& schema, const xml::Element& asked) {
    if (auto unknown = unknown_parameter(asked, {"filter", "limit", "cursor"})) {
        return unexpected(std::move(*unknown));
    }
    if (find_parameter(asked, "filter") == nullptr) {
        return unexpected(missing_element("filter", asked.name));
    }
    const auto limit = number_of(asked, "limit");
    if (!limit) return unexpected(limit.error());
    if (limit->value_or(0) > kPageMost) {
        return unexpected(
            invalid_value("limit", fmt::format("a page has at most {} entries", kPageMost)));
    }
    PageWish wish{tables_wanted(schema, asked), text_of(asked, "cursor"),
                  limit->value_or(kPageUsual)};
    if (wish.tables.empty()) {
        return unexpected(invalid_value(
            "filter", "it names no list that is read on demand, such as routing/state/route"));
    }
    return wish;
}

Reply page_reply(const yang::Schema& schema, const xml::Element& asked, const Page& page) {
    yang::DataTree tree(schema);
    for (const boost::json::object& part : page.documents) {
        if (const auto added = tree.add(boost::json::serialize(part)); !added) {
            return unexpected(RpcErrors{operation_failed(added.error().message)});
        }
    }
    if (const auto done = apply_filter(asked, tree); !done) {
        return unexpected(RpcErrors{done.error()});
    }
    std::string out =
        fmt::format("<data xmlns=\"{0}\">{1}</data><entries xmlns=\"{0}\">{2}</entries>",
                    kOperationsSpace, tree.xml(), page.entries);
    if (!page.next.empty()) {
        out += fmt::format("<next-cursor xmlns=\"{}\">{}</next-cursor>", kOperationsSpace,
                           xml::escaped(page.next));
    }
    return out;
}

Result<ClearWish, RpcError> clear_wish(const xml::Element& asked) {
    if (auto unknown = unknown_parameter(asked, {"neighbor", "peer-group", "all", "soft"})) {
        return unexpected(std::move(*unknown));
    }
    ClearWish wish{text_of(asked, "neighbor"), text_of(asked, "peer-group")};
    std::size_t whom = 0;
    for (const char* one : {"neighbor", "peer-group", "all"}) {
        if (find_parameter(asked, one) != nullptr) ++whom;
    }
    if (whom == 0) {
        return unexpected(missing_element("neighbor, peer-group or all", asked.name));
    }
    const bool all = find_parameter(asked, "all") != nullptr;
    if (whom > 1 || (!all && wish.neighbor.empty() && wish.peer_group.empty())) {
        return unexpected(
            invalid_value(asked.name, "takes one neighbor, one peer-group or <all/>"));
    }
    const std::string soft = text_of(asked, "soft");
    if (soft == "in") wish.manner = ClearWish::Manner::soft_in;
    if (soft == "out") wish.manner = ClearWish::Manner::soft_out;
    if (soft == "both") wish.manner = ClearWish::Manner::soft;
    if (find_parameter(asked, "soft") != nullptr && wish.manner == ClearWish::Manner::hard) {
        return unexpected(invalid_value("soft", "is none of in, out and both"));
    }
    return wish;
}

}  // namespace

void get_page(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    auto wish = page_wish(session.backend().schema(), asked);
    if (!wish) return done(unexpected(RpcErrors{wish.error()}));
    session.backend().page(std::move(*wish), [self = session.shared_from_this(), asked,
                                              done](Result<Page, RpcError> page) {
        if (!page) return done(unexpected(RpcErrors{page.error()}));
        Backend& backend = self->backend();
        const auto reply = std::make_shared<Reply>();
        backend.beside([reply, schema = &backend.schema(), asked,
                        page = std::move(*page)] { *reply = page_reply(*schema, asked, page); },
                       [reply, done] { done(std::move(*reply)); });
    });
}

void clear_bgp(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    const auto wish = clear_wish(asked);
    if (!wish) return done(unexpected(RpcErrors{wish.error()}));
    session.backend().clear_bgp(*wish, done);
}

}  // namespace torii::rpc
