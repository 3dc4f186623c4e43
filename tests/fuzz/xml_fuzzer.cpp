// Any octets as an XML document; what is one is written and has to be read as the same.
#include "mgmt/xml/xml.h"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace torii;

namespace {

void write(const xml::Element& element, std::string& out) {
    out += "<" + element.name + " xmlns=\"" + xml::escaped(element.space) + "\"";
    int number = 0;
    for (const xml::Attribute& attribute : element.attributes) {
        const std::string prefix = "a" + std::to_string(++number);
        if (attribute.space.empty()) {
            out += " " + attribute.name;
        } else {
            out += " xmlns:" + prefix + "=\"" + xml::escaped(attribute.space) + "\" " + prefix +
                   ":" + attribute.name;
        }
        out += "=\"" + xml::escaped(attribute.value) + "\"";
    }
    out += ">" + xml::escaped(element.text);
    for (const xml::Element& child : element.children) write(child, out);
    out += "</" + element.name + ">";
}

bool same(const xml::Element& one, const xml::Element& other) {
    if (!one.is(other.space, other.name) || one.text != other.text ||
        one.attributes.size() != other.attributes.size() ||
        one.children.size() != other.children.size()) {
        return false;
    }
    for (const xml::Attribute& attribute : one.attributes) {
        const std::string* value = other.attribute(attribute.space, attribute.name);
        if (value == nullptr || *value != attribute.value) return false;
    }
    for (std::size_t index = 0; index < one.children.size(); ++index) {
        if (!same(one.children[index], other.children[index])) return false;
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto root = xml::parse({reinterpret_cast<const char*>(data), size});
    if (!root) return 0;
    std::string text;
    write(*root, text);
    const auto again = xml::parse(text);
    if (!again || !same(*root, *again)) std::abort();
    return 0;
}
