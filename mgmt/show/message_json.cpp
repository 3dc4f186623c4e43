#include "mgmt/show/message_json.h"

#include "mgmt/show/text.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <platform/ipc/proto/fib.pb.h>

namespace torii::show {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

json::value string_value(const FieldDescriptor* field, const std::string& text) {
    if (field->type() == FieldDescriptor::TYPE_BYTES) return json::string(octets_text(text));
    return json::string(text);
}

json::value single(const Message& message, const FieldDescriptor* field) {
    const Reflection& get = *message.GetReflection();
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL: return get.GetBool(message, field);
        case FieldDescriptor::CPPTYPE_INT32: return get.GetInt32(message, field);
        case FieldDescriptor::CPPTYPE_INT64: return get.GetInt64(message, field);
        case FieldDescriptor::CPPTYPE_UINT32: return get.GetUInt32(message, field);
        case FieldDescriptor::CPPTYPE_UINT64: return get.GetUInt64(message, field);
        case FieldDescriptor::CPPTYPE_DOUBLE: return get.GetDouble(message, field);
        case FieldDescriptor::CPPTYPE_FLOAT: return get.GetFloat(message, field);
        case FieldDescriptor::CPPTYPE_ENUM:
            return json::string(get.GetEnum(message, field)->name());
        case FieldDescriptor::CPPTYPE_STRING:
            return string_value(field, get.GetString(message, field));
        case FieldDescriptor::CPPTYPE_MESSAGE: return message_json(get.GetMessage(message, field));
    }
    return nullptr;
}

json::value repeated(const Message& message, const FieldDescriptor* field) {
    const Reflection& get = *message.GetReflection();
    json::array out;
    for (int index = 0; index < get.FieldSize(message, field); ++index) {
        switch (field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_MESSAGE:
                out.push_back(message_json(get.GetRepeatedMessage(message, field, index)));
                break;
            case FieldDescriptor::CPPTYPE_STRING:
                out.push_back(string_value(field, get.GetRepeatedString(message, field, index)));
                break;
            case FieldDescriptor::CPPTYPE_ENUM:
                out.emplace_back(get.GetRepeatedEnum(message, field, index)->name());
                break;
            default: out.emplace_back(get.GetRepeatedUInt32(message, field, index));
        }
    }
    return out;
}

// Most text needs no escapes, and tables hold a lot of it.
void append_string(std::string_view text, std::string& out) {
    const bool plain = std::ranges::all_of(text, [](char character) {
        return character >= ' ' && character != '"' && character != '\\' && character != '\177';
    });
    if (plain) {
        out += '"';
        out += text;
        out += '"';
    } else {
        out += json::serialize(json::string(text));
    }
}

void append_scalar(const json::value& value, std::string& out) {
    switch (value.kind()) {
        case json::kind::string: return append_string(value.get_string(), out);
        case json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
        case json::kind::int64:
            fmt::format_to(std::back_inserter(out), "{}", value.get_int64());
            return;
        case json::kind::uint64:
            fmt::format_to(std::back_inserter(out), "{}", value.get_uint64());
            return;
        default: out += json::serialize(value);
    }
}

void new_line(std::size_t depth, std::string& out) {
    out += '\n';
    out.append(depth * 2, ' ');
}

void append(const json::value& value, std::size_t depth, std::string& out) {
    bool first = true;
    const auto begin = [&] {
        if (!first) out += ',';
        first = false;
        new_line(depth + 1, out);
    };
    if (value.is_object() && !value.get_object().empty()) {
        out += '{';
        for (const auto& member : value.get_object()) {
            begin();
            append_string(member.key(), out);
            out += ": ";
            append(member.value(), depth + 1, out);
        }
        new_line(depth, out);
        out += '}';
    } else if (value.is_array() && !value.get_array().empty()) {
        out += '[';
        for (const json::value& entry : value.get_array()) {
            begin();
            append(entry, depth + 1, out);
        }
        new_line(depth, out);
        out += ']';
    } else {
        append_scalar(value, out);
    }
}

}  // namespace

json::value message_json(const Message& message) {
    if (const auto* prefix = dynamic_cast<const ipc::IpPrefix*>(&message)) {
        return json::string(fmt::format("{}/{}", octets_text(prefix->address()), prefix->length()));
    }
    json::object out;
    const auto* descriptor = message.GetDescriptor();
    for (int index = 0; index < descriptor->field_count(); ++index) {
        const FieldDescriptor* field = descriptor->field(index);
        if (field->is_repeated()) {
            out[field->name()] = repeated(message, field);
        } else if (!field->has_presence() || message.GetReflection()->HasField(message, field)) {
            out[field->name()] = single(message, field);
        }
    }
    return out;
}

std::string pretty(const json::value& value) {
    std::string out;
    append(value, 0, out);
    return out + "\n";
}

std::string StreamedObject::begin(const json::object& head, const std::string& member) {
    if (member.empty()) {
        depth_ = 0;
        return "{";
    }
    depth_ = 1;
    std::string out = "{";
    for (const auto& one : head) {
        out += fmt::format("\n  {}: ", json::serialize(json::string(one.key())));
        append(one.value(), 1, out);
        out += ",";
    }
    return out + fmt::format("\n  {}: {{", json::serialize(json::string(member)));
}

std::string StreamedObject::add(const std::string& name, const json::value& value) {
    std::string out =
        fmt::format("{}\n{}{}: ", empty_ ? "" : ",", std::string((depth_ + 1) * 2, ' '),
                    json::serialize(json::string(name)));
    append(value, depth_ + 1, out);
    empty_ = false;
    return out;
}

std::string StreamedObject::end() const {
    std::string out = empty_ ? "}" : fmt::format("\n{}}}", std::string(depth_ * 2, ' '));
    if (depth_ == 1) out += "\n}";
    return out + "\n";
}

}  // namespace torii::show
