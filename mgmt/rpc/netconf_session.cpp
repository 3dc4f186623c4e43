#include "mgmt/rpc/netconf_session.h"

#include "mgmt/rpc/hello.h"
#include "mgmt/rpc/operations.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace torii::rpc {
namespace {

// RFC 6241 section 4.1: the reply has all attributes of its <rpc>.
std::string attributes_text(const xml::Element& rpc) {
    std::string out;
    int number = 0;
    for (const xml::Attribute& attribute : rpc.attributes) {
        if (attribute.space.empty()) {
            out += fmt::format(" {}=\"{}\"", attribute.name, xml::escaped(attribute.value));
            continue;
        }
        ++number;
        out += fmt::format(" xmlns:a{0}=\"{1}\" a{0}:{2}=\"{3}\"", number,
                           xml::escaped(attribute.space), attribute.name,
                           xml::escaped(attribute.value));
    }
    return out;
}

std::string reply_text(const std::string& attributes, const Reply& reply) {
    std::string body = !reply ? to_xml(reply.error()) : *reply;
    if (body.empty()) body = "<ok/>";
    return fmt::format("<rpc-reply xmlns=\"{}\"{}>{}</rpc-reply>", kNetconfSpace, attributes, body);
}

}  // namespace

std::string NetconfSession::hello() const {
    return rpc::hello(backend_->schema(), backend_->session());
}

void NetconfSession::handle(std::string_view message, const Answered& answered) {
    const auto parsed = xml::parse(message);
    if (!greeted_) return greet(parsed, answered);
    if (!parsed) return malformed(parsed.error().message, answered);
    if (!parsed->is(kNetconfSpace, "rpc")) {
        return malformed(fmt::format("<{}> is no <rpc> of NETCONF", parsed->name), answered);
    }
    call(*parsed, answered);
}

void NetconfSession::subscribe(SubscriptionWish wish) {
    subscription_ = std::make_unique<Subscription>(*backend_, std::move(wish), [this] {
        ++own_.out_notifications;
        ++totals_.out_notifications;
    });
    subscription_->start();
}

void NetconfSession::greet(const Result<xml::Element>& message, const Answered& answered) {
    const auto version = message ? speaks_1_1(*message) : Result<bool>(unexpected(message.error()));
    if (!version) {
        ++totals_.in_bad_hellos;
        return answered({"", false, true, version.error().message});
    }
    greeted_ = true;
    chunked_ = *version;
    answered({"", chunked_});
}

// RFC 6241 section 3: only base:1.1 has a word for it, and of 1.0 the session ends.
void NetconfSession::malformed(const std::string& why, const Answered& answered) {
    ++own_.in_bad_rpcs;
    ++totals_.in_bad_rpcs;
    if (!chunked_) return answered({"", false, true, why});
    ++own_.out_rpc_errors;
    ++totals_.out_rpc_errors;
    answered({reply_text("", unexpected(RpcErrors{{"rpc", "malformed-message", why}}))});
}

void NetconfSession::call(const xml::Element& rpc, const Answered& answered) {
    const std::string attributes = attributes_text(rpc);
    const auto reply = [self = shared_from_this(), attributes, answered](const Reply& result) {
        if (!result) {
            ++self->own_.out_rpc_errors;
            ++self->totals_.out_rpc_errors;
        }
        answered({reply_text(attributes, result), false, self->closing_});
    };
    const auto bad = [&](RpcError error) {
        ++own_.in_bad_rpcs;
        ++totals_.in_bad_rpcs;
        reply(unexpected(RpcErrors{std::move(error)}));
    };
    if (rpc.attribute("", "message-id") == nullptr) {
        return bad(missing_attribute("message-id", "rpc"));
    }
    if (rpc.children.empty()) return bad(missing_element("an operation", "rpc"));
    if (rpc.children.size() > 1) return bad(unknown_element(rpc.children[1].name, "rpc"));
    const Operation* operation = find_operation(rpc.children.front());
    if (operation == nullptr) {
        return bad(
            not_supported(fmt::format("there is no operation <{}> in the namespace \"{}\"",
                                      rpc.children.front().name, rpc.children.front().space)));
    }
    ++own_.in_rpcs;
    ++totals_.in_rpcs;
    if (operation->needs == Needs::look) return operation->run(*this, rpc.children.front(), reply);
    const Replied recorded = [self = shared_from_this(), name = operation->name,
                              reply](const Reply& result) {
        self->backend_->record(
            std::string(name),
            result ? "done" : fmt::format("failed: {}", result.error().front().message));
        reply(result);
    };
    if (const auto may = backend_->may(operation->needs); !may) {
        return recorded(unexpected(RpcErrors{{"protocol", "access-denied", may.error().message}}));
    }
    operation->run(*this, rpc.children.front(), recorded);
}

}  // namespace torii::rpc
