#include "mgmt/rpc/monitoring.h"
#include "mgmt/rpc/netconf_session.h"
#include "mgmt/rpc/operations.h"
#include "mgmt/rpc/parameters.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

namespace torii::rpc {
namespace {

namespace json = boost::json;

constexpr std::string_view kMonitoring = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";

Reply data_reply(const xml::Element& asked, yang::WithDefaults mode, yang::DataTree& tree) {
    if (const auto done = apply_filter(asked, tree); !done) {
        return unexpected(RpcErrors{done.error()});
    }
    return fmt::format("<data>{}</data>", tree.xml(mode));
}

// The configuration, with state where there is some: a tree of thousands of routes takes long.
Reply read_reply(const yang::Schema& schema, const xml::Element& asked, yang::WithDefaults mode,
                 const Backend::Read& read, const std::vector<json::object>& state) {
    yang::DataTree tree(schema, read());
    for (const json::object& part : state) {
        if (const auto added = tree.add(json::serialize(part)); !added) {
            return unexpected(RpcErrors{operation_failed(added.error().message)});
        }
    }
    if (!state.empty()) {
        if (const auto added = tree.add_library(); !added) {
            return unexpected(RpcErrors{operation_failed(added.error().message)});
        }
    }
    return data_reply(asked, mode, tree);
}

void data_reply_beside(Backend& backend, const xml::Element& asked, yang::WithDefaults mode,
                       Backend::Read read, std::vector<json::object> state, const Replied& done) {
    const auto reply = std::make_shared<Reply>();
    backend.beside(
        [reply, schema = &backend.schema(), asked, mode, read = std::move(read),
         state = std::move(state)] { *reply = read_reply(*schema, asked, mode, read, state); },
        [reply, done] { done(std::move(*reply)); });
}

RpcError not_told(const yang::TableFault& fault) {
    RpcError error = operation_failed(fault.message);
    // RFC 6241 appendix A
    if (fault.too_big) error.tag = "too-big";
    return error;
}

}  // namespace

void get_config(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"source", "filter", "with-defaults"})) {
        return done(unexpected(RpcErrors{*unknown}));
    }
    const auto source = target_of(asked, "source");
    if (!source) return done(unexpected(RpcErrors{source.error()}));
    const auto mode = with_defaults_of(asked);
    if (!mode) return done(unexpected(RpcErrors{mode.error()}));
    Backend& backend = session.backend();
    data_reply_beside(backend, asked, *mode, backend.reader(*source), {}, done);
}

void get(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"filter", "with-defaults"})) {
        return done(unexpected(RpcErrors{*unknown}));
    }
    const auto mode = with_defaults_of(asked);
    if (!mode) return done(unexpected(RpcErrors{mode.error()}));
    session.backend().state(
        tables_wanted(session.backend().schema(), asked),
        [self = session.shared_from_this(), asked, mode = *mode, done](Backend::State state) {
            if (!state) return done(unexpected(RpcErrors{not_told(state.error())}));
            Backend& backend = self->backend();
            state->push_back(netconf_state(*self));
            data_reply_beside(backend, asked, mode, backend.reader(Target::running),
                              std::move(*state), done);
        });
}

void get_schema(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"identifier", "version", "format"})) {
        return done(unexpected(RpcErrors{*unknown}));
    }
    const std::string name = text_of(asked, "identifier");
    if (name.empty()) return done(unexpected(RpcErrors{missing_element("identifier", asked.name)}));
    std::string format = text_of(asked, "format");
    if (const auto colon = format.find(':'); colon != format.npos) format.erase(0, colon + 1);
    if (!format.empty() && format != "yang") {
        return done(
            unexpected(RpcErrors{invalid_value("format", "there is only the format yang")}));
    }
    const std::string revision = text_of(asked, "version");
    const auto text = session.backend().schema().module_text(name, revision);
    if (!text) {
        // RFC 6022 section 3.1
        return done(unexpected(RpcErrors{
            invalid_value("identifier", fmt::format("there is no module {}{}{}", name,
                                                    revision.empty() ? "" : "@", revision))}));
    }
    done(fmt::format("<data xmlns=\"{}\">{}</data>", kMonitoring, xml::escaped(*text)));
}

}  // namespace torii::rpc
