#include "mgmt/rpc/netconf_session.h"
#include "mgmt/rpc/operations.h"
#include "mgmt/rpc/parameters.h"
#include "mgmt/yang/xml_edit.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <functional>
#include <memory>
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

// One <edit-config> at work.
struct Edit {
    xml::Element asked;
    EditTerms terms{};  // of `asked`
    Backend::Document base{};
    json::object document{};
    RpcErrors faults{};   // of the edits
    RpcErrors invalid{};  // what makes the whole no configuration
};

void make_edit(const yang::Schema& schema, Edit& edit) {
    edit.document = *edit.base;
    // RFC 6241 section 7.2: replace as the default is of the whole configuration.
    if (edit.terms.default_operation == yang::EditOperation::replace) edit.document.clear();
    const auto problems = yang::edit_document(schema, edit.document, *edit.terms.config,
                                              edit.terms.default_operation);
    edit.faults = errors_of(schema, problems);
    // Otherwise nothing is done half: stop-on-error leaves as little behind as rollback-on-error.
    const bool goes_on = edit.terms.on_error == "continue-on-error";
    if (!edit.faults.empty() && !goes_on) {
        edit.invalid = std::exchange(edit.faults, {});
    } else if (edit.terms.test != "set") {
        edit.invalid = validation_errors(schema, edit.document);
    }
}

// A configuration of thousands of routes takes long to test, so it is done beside. Who has written
// the candidate meanwhile was first.
void run_edit(const std::shared_ptr<NetconfSession>& session, const std::shared_ptr<Edit>& edit,
              const Replied& done) {
    Backend* backend = &session->backend();
    edit->base = backend->document(Target::candidate);
    backend->beside(
        [edit, schema = &backend->schema()] { make_edit(*schema, *edit); },
        [session, backend, edit, done] {
            if (!backend->is_candidate(edit->base)) return run_edit(session, edit, done);
            if (!edit->invalid.empty()) return done(unexpected(std::move(edit->invalid)));
            if (edit->terms.test != "test-only") {
                if (auto written = backend->write_candidate(std::move(edit->document)); !written) {
                    return done(std::move(written));
                }
            }
            done(edit->faults.empty() ? Reply("") : unexpected(std::move(edit->faults)));
            // Thousands of entries are not freed in a moment either.
            backend->beside([edit] { edit->base = nullptr; }, [] {});
        });
}

// A whole configuration of the client's.
void read_config(NetconfSession& session, const xml::Element& config,
                 std::function<void(Result<json::object, RpcErrors>)> done) {
    const auto read = std::make_shared<Result<json::object, RpcErrors>>();
    session.backend().beside(
        [read, config, schema = &session.backend().schema()] {
            *read = document_in(*schema, config);
        },
        [read, done = std::move(done)] { done(std::move(*read)); });
}

}  // namespace

void edit_config(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    const auto edit = std::make_shared<Edit>();
    edit->asked = asked;
    const auto terms = edit_terms(edit->asked);
    if (!terms) return done(one(terms.error()));
    edit->terms = *terms;
    run_edit(session.shared_from_this(), edit, done);
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
    const xml::Element* source = find_parameter(asked, "source");
    if (source != nullptr && find_parameter(*source, "config") != nullptr) {
        return read_config(
            session, *find_parameter(*source, "config"),
            [self = session.shared_from_this(), done](Result<json::object, RpcErrors> document) {
                if (!document) return done(unexpected(document.error()));
                done(self->backend().write_candidate(std::move(*document)));
            });
    }
    const auto from = target_of(asked, "source");
    if (!from) return done(one(from.error()));
    if (*from == Target::candidate) {
        return done(one(invalid_value("source", "is the target, too")));
    }
    Backend& backend = session.backend();
    done(backend.write_candidate(*backend.document(Target::running)));
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
        const auto errors = std::make_shared<RpcErrors>();
        return backend.beside(
            [errors, config = *find_parameter(*source, "config"), schema = &backend.schema()] {
                const auto document = document_in(*schema, config);
                *errors = document ? validation_errors(*schema, *document) : document.error();
            },
            [errors, done] {
                if (!errors->empty()) return done(unexpected(std::move(*errors)));
                done("");
            });
    }
    const auto from = target_of(asked, "source");
    if (!from) return done(one(from.error()));
    if (*from == Target::candidate) return backend.validate_candidate(done);
    // What runs was valid when it was committed.
    done("");
}

}  // namespace torii::rpc
