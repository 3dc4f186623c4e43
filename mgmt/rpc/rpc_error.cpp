#include "mgmt/rpc/rpc_error.h"

#include "mgmt/yang/xml_value.h"

#include <fmt/format.h>

namespace torii::rpc {
namespace {

using yang::EditProblem;

void add_path(const yang::Schema& schema, const std::string& words, RpcError& error) {
    if (words.empty()) return;
    yang::InstancePath path = yang::instance_path(schema, words);
    error.path = std::move(path.text);
    error.prefixes = std::move(path.prefixes);
}

std::string_view tag_of(EditProblem::Kind kind) {
    switch (kind) {
        case EditProblem::Kind::unknown_element: return "unknown-element";
        case EditProblem::Kind::unknown_namespace: return "unknown-namespace";
        case EditProblem::Kind::missing_element: return "missing-element";
        case EditProblem::Kind::unknown_attribute: return "unknown-attribute";
        case EditProblem::Kind::bad_attribute: return "bad-attribute";
        case EditProblem::Kind::exists: return "data-exists";
        case EditProblem::Kind::missing: return "data-missing";
        default: return "invalid-value";
    }
}

// RFC 7950 section 15: what a validation found.
std::pair<std::string_view, std::string_view> tags_of(yang::Fault fault) {
    switch (fault) {
        case yang::Fault::must: return {"operation-failed", "must-violation"};
        case yang::Fault::reference: return {"data-missing", "instance-required"};
        case yang::Fault::missing_choice: return {"data-missing", "missing-choice"};
        case yang::Fault::missing: return {"data-missing", ""};
        default: return {"invalid-value", ""};
    }
}

}  // namespace

std::string to_xml(const RpcErrors& errors) {
    std::string out;
    for (const RpcError& error : errors) {
        out += fmt::format(
            "<rpc-error><error-type>{}</error-type><error-tag>{}</error-tag>"
            "<error-severity>error</error-severity>",
            error.type, error.tag);
        if (!error.app_tag.empty()) {
            out += fmt::format("<error-app-tag>{}</error-app-tag>", xml::escaped(error.app_tag));
        }
        if (!error.path.empty()) {
            out += "<error-path";
            for (const auto& [prefix, space] : error.prefixes) {
                out += fmt::format(" xmlns:{}=\"{}\"", prefix, xml::escaped(space));
            }
            out += fmt::format(">{}</error-path>", xml::escaped(error.path));
        }
        out += fmt::format("<error-message xml:lang=\"en\">{}</error-message>",
                           xml::escaped(error.message));
        if (!error.info.empty()) {
            out += "<error-info>";
            for (const auto& [name, text] : error.info) {
                out += fmt::format("<{0}>{1}</{0}>", name, xml::escaped(text));
            }
            out += "</error-info>";
        }
        out += "</rpc-error>";
    }
    return out;
}

RpcError operation_failed(std::string message) {
    return {"application", "operation-failed", std::move(message)};
}

RpcError not_supported(std::string message) {
    return {"protocol", "operation-not-supported", std::move(message)};
}

RpcError invalid_value(std::string_view element, std::string message) {
    RpcError error{"protocol", "invalid-value", std::move(message)};
    error.info.emplace_back("bad-element", element);
    return error;
}

RpcError missing_element(std::string_view element, std::string_view in) {
    RpcError error{"protocol", "missing-element", fmt::format("<{}> needs <{}>", in, element)};
    error.info.emplace_back("bad-element", element);
    return error;
}

RpcError unknown_element(std::string_view element, std::string_view in) {
    RpcError error{"protocol", "unknown-element",
                   fmt::format("<{}> is not known in <{}>", element, in)};
    error.info.emplace_back("bad-element", element);
    return error;
}

RpcError missing_attribute(std::string_view attribute, std::string_view element) {
    RpcError error{"rpc", "missing-attribute", fmt::format("<{}> needs {}", element, attribute)};
    error.info.emplace_back("bad-attribute", attribute);
    error.info.emplace_back("bad-element", element);
    return error;
}

RpcError in_use(std::string message) {
    return {"protocol", "in-use", std::move(message)};
}

RpcErrors errors_of(const yang::Schema& schema, const std::vector<EditProblem>& problems) {
    RpcErrors errors;
    for (const EditProblem& problem : problems) {
        RpcError error{"application", std::string(tag_of(problem.kind)), problem.message};
        add_path(schema, problem.path, error);
        if (!problem.attribute.empty()) error.info.emplace_back("bad-attribute", problem.attribute);
        if (!problem.element.empty()) error.info.emplace_back("bad-element", problem.element);
        if (!problem.space.empty()) error.info.emplace_back("bad-namespace", problem.space);
        errors.push_back(std::move(error));
    }
    return errors;
}

RpcErrors errors_of(const yang::Schema& schema, const yang::Problems& problems) {
    RpcErrors errors;
    for (const yang::Problem& problem : problems) {
        const auto [tag, app_tag] = tags_of(problem.fault);
        RpcError error{"application", std::string(tag), problem.message, std::string(app_tag)};
        add_path(schema, problem.path, error);
        errors.push_back(std::move(error));
    }
    return errors;
}

}  // namespace torii::rpc
