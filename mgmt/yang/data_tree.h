#pragma once

#include "mgmt/xml/xml.h"
#include "mgmt/yang/configuration.h"
#include "mgmt/yang/schema.h"
#include "platform/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace torii::yang {

// Which values that are the model's own are printed (RFC 6243).
enum class WithDefaults { explicitly, all, all_tagged, trim };

// What a client gets to see: a configuration without its secrets, and perhaps state. Filters take
// away all that they do not name.
class DataTree {
public:
    // A draft is as good as a valid one.
    DataTree(const Schema& schema, const Configuration& configuration);
    // Nothing yet.
    explicit DataTree(const Schema& schema) : schema_(&schema) {}

    // A notification of the model, as JSON.
    [[nodiscard]] static Result<DataTree> notification(const Schema& schema,
                                                       const std::string& json);

    // Adds a JSON document of state (RFC 7951). Where it names an entry of a list that is there, it
    // goes into it.
    Result<void> add(std::string_view json);
    // What the modules are (RFC 8525).
    Result<void> add_library();

    // A subtree filter: the element whose children select (RFC 6241 section 6).
    void keep_subtree(const xml::Element& filter);
    // An XPath whose prefixes are those of an XML document.
    Result<void> keep_xpath(const std::string& xpath, const xml::Prefixes& prefixes);

    // What the words lead to, as of a set command.
    Result<void, Problem> keep_words(Words words);

    // As the shell shows it.
    [[nodiscard]] std::string braces() const;
    [[nodiscard]] std::string json() const;
    // With line breaks.
    [[nodiscard]] std::string pretty_xml() const;
    [[nodiscard]] std::string xml(WithDefaults mode = WithDefaults::explicitly) const;

private:
    struct Free {
        void operator()(lyd_node* tree) const;
    };

    const Schema* schema_;
    std::unique_ptr<lyd_node, Free> tree_;
};

}  // namespace torii::yang
