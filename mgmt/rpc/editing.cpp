#include "mgmt/rpc/netconf_session.h"
#include "mgmt/rpc/operations.h"
#include "mgmt/rpc/parameters.h"
#include "mgmt/yang/xml_edit.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <utility>

namespace torii::rpc {
namespace {

namespace json = boost::json;

tl::unexpected<RpcErrors> one(RpcError error) {
    return unexpected(RpcErrors{std::move(error)});
}

// A parameter that is one word out of several; the first one without it.
Result<std::string_view, RpcError> word_of(const xml::Element& asked, std::string_view parameter,
                                           std::initializer_list<std::string_view> words) {
    const xml::Element* element = find_parameter(asked, parameter);
    if (element == nullptr) return *words.begin();
    const std::string text = element->trimmed();
    for (const std::string_view word : words) {
        if (word == text) return word;
    }
    return unexpected(
        invalid_value(parameter, fmt::format("\"{}\" is no {} that is known", text, parameter)));
}

// What an <edit-config> wants beside the edits.
struct EditTerms {
    yang::EditOperation default_operation = yang::EditOperation::merge;
    std::string_view test;
    std::string_view on_error;
    const xml::Element* config = nullptr;
};

Result<EditTerms, RpcError> edit_terms(const xml::Element& asked) {
    if (find_parameter(asked, "url") != nullptr) {
        return unexpected(not_supported("there are no configurations at other places"));
    }
    if (auto unknown = unknown_parameter(
            asked, {"target", "default-operation", "test-option", "error-option", "config"})) {
        return unexpected(std::move(*unknown));
    }
    const auto target = target_of(asked, "target");
    if (!target) return unexpected(target.error());
    if (*target == Target::running) {
        return unexpected(not_supported("running is changed by a commit: edit the candidate"));
    }
    EditTerms terms;
    const auto operation = word_of(asked, "default-operation", {"merge", "replace", "none"});
    if (!operation) return unexpected(operation.error());
    terms.default_operation = *yang::edit_operation(*operation);
    const auto test = word_of(asked, "test-option", {"test-then-set", "set", "test-only"});
    if (!test) return unexpected(test.error());
    terms.test = *test;
    const auto on_error =
        word_of(asked, "error-option", {"stop-on-error", "continue-on-error", "rollback-on-error"});
    if (!on_error) return unexpected(on_error.error());
    terms.on_error = *on_error;
    terms.config = find_parameter(asked, "config");
    if (terms.config == nullptr) return unexpected(missing_element("config", asked.name));
    return terms;
}

RpcErrors validation_errors(const yang::Schema& schema, const json::object& document) {
    const auto valid = yang::Configuration::parse(schema, json::serialize(document));
    return valid ? RpcErrors{} : errors_of(schema, valid.error());
}

// Reads a whole configuration in <config>.
Result<json::object, RpcErrors> document_in(const yang::Schema& schema,
                                            const xml::Element& config) {
    json::object document;
    const auto problems = yang::edit_document(schema, document, config, yang::EditOperation::merge);
    if (!problems.empty()) return unexpected(errors_of(schema, problems));
    return document;
}

}  // namespace

void edit_config(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    const auto terms = edit_terms(asked);
    if (!terms) return done(one(terms.error()));
    Backend& backend = session.backend();
    json::object document = backend.document(Target::candidate);
    // RFC 6241 section 7.2: replace as the default is of the whole configuration.
    if (terms->default_operation == yang::EditOperation::replace) document.clear();
    const auto problems =
        yang::edit_document(backend.schema(), document, *terms->config, terms->default_operation);
    RpcErrors errors = errors_of(backend.schema(), problems);
    // Otherwise nothing is done half: stop-on-error leaves as little behind as rollback-on-error.
    const bool goes_on = terms->on_error == "continue-on-error";
    if (!errors.empty() && !goes_on) return done(unexpected(std::move(errors)));
    if (terms->test != "set") {
        auto more = validation_errors(backend.schema(), document);
        if (!more.empty()) return done(unexpected(std::move(more)));
    }
    if (terms->test != "test-only") {
        if (auto written = backend.write_candidate(std::move(document)); !written) {
            return done(std::move(written));
        }
    }
    if (!errors.empty()) return done(unexpected(std::move(errors)));
    done("");
}

void copy_config(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"target", "source", "with-defaults"})) {
        return done(one(std::move(*unknown)));
    }
    const auto target = target_of(asked, "target");
    if (!target) return done(one(target.error()));
    if (*target == Target::running) {
        return done(one(not_supported("running is changed by a commit: copy to the candidate")));
    }
    Backend& backend = session.backend();
    const xml::Element* source = find_parameter(asked, "source");
    if (source != nullptr && find_parameter(*source, "config") != nullptr) {
        auto document = document_in(backend.schema(), *find_parameter(*source, "config"));
        if (!document) return done(unexpected(document.error()));
        return done(backend.write_candidate(std::move(*document)));
    }
    const auto from = target_of(asked, "source");
    if (!from) return done(one(from.error()));
    if (*from == Target::candidate) {
        return done(one(invalid_value("source", "is the target, too")));
    }
    done(backend.write_candidate(backend.document(Target::running)));
}

void delete_config(NetconfSession& /*session*/, const xml::Element& asked, const Replied& done) {
    const auto target = target_of(asked, "target");
    if (!target) return done(one(target.error()));
    done(
        one(not_supported("a configuration cannot be deleted: discard-changes drops what is not "
                          "committed, copy-config with an empty <config> empties the candidate")));
}

void discard_changes(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {})) return done(one(std::move(*unknown)));
    done(session.backend().discard());
}

void validate(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (auto unknown = unknown_parameter(asked, {"source"})) return done(one(std::move(*unknown)));
    Backend& backend = session.backend();
    const xml::Element* source = find_parameter(asked, "source");
    if (source != nullptr && find_parameter(*source, "config") != nullptr) {
        auto document = document_in(backend.schema(), *find_parameter(*source, "config"));
        if (!document) return done(unexpected(document.error()));
        auto errors = validation_errors(backend.schema(), *document);
        if (!errors.empty()) return done(unexpected(std::move(errors)));
        return done("");
    }
    const auto from = target_of(asked, "source");
    if (!from) return done(one(from.error()));
    if (*from == Target::candidate) return backend.validate_candidate(done);
    // What runs was valid when it was committed.
    done("");
}

}  // namespace torii::rpc
