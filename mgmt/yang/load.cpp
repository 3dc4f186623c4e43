#include "mgmt/yang/load.h"

#include "mgmt/yang/document_check.h"
#include "mgmt/yang/edit.h"
#include "mgmt/yang/json_text.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"
#include "platform/base/words.h"

#include <fmt/format.h>
#include <libyang/libyang.h>

#include <algorithm>
#include <string>
#include <utility>

namespace torii::yang {
namespace {

namespace json = boost::json;
using LineProblems = std::vector<LineProblem>;

// What one line asks for.
struct Edit {
    std::size_t line = 0;
    bool removes = false;
    std::vector<std::string> words;
};

struct Edits {
    std::vector<Edit> list;
    LineProblems problems;

    void bad(std::size_t line, std::string message) {
        problems.push_back({line, {"", std::move(message)}});
    }
};

bool is_comment(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    return first == line.npos || line[first] == '#' || line[first] == '!';
}

std::vector<std::string> texts_of(const std::vector<Word>& words) {
    std::vector<std::string> out;
    for (const Word& word : words) out.push_back(word.text);
    return out;
}

template <class Take>
void each_line(std::string_view text, const Take& take) {
    std::size_t number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        take(++number, text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
}

Edits read_commands(std::string_view text) {
    Edits out;
    each_line(text, [&out](std::size_t number, std::string_view line) {
        if (is_comment(line)) return;
        const auto split = split_line(line);
        if (!split) return out.bad(number, split.error().message);
        auto words = texts_of(split->words);
        const std::string verb = words.front();
        if (verb != "set" && verb != "delete") {
            return out.bad(number, fmt::format("\"{}\": a line begins with set or delete", verb));
        }
        words.erase(words.begin());
        out.list.push_back({number, verb == "delete", std::move(words)});
    });
    return out;
}

// Words, braces and semicolons, as show prints a configuration.
class BraceReader {
public:
    Edits read(std::string_view text) {
        each_line(text, [this](std::size_t number, std::string_view line) {
            if (is_comment(line)) return;
            const auto split = split_line(line, "{};");
            if (!split) return out_.bad(number, split.error().message);
            for (const Word& word : split->words) take(number, word);
        });
        if (!statement_.empty()) {
            out_.bad(line_, fmt::format("\"{}\" has no ; or {{ after it", statement_.back()));
        }
        if (!blocks_.empty()) out_.bad(blocks_.back().line, "this { is never closed");
        return std::move(out_);
    }

private:
    struct Block {
        std::size_t line;
        std::size_t words;  // in the path before it
        bool empty = true;
    };

    void take(std::size_t number, const Word& word) {
        line_ = number;
        if (!word.mark) return statement_.push_back(word.text);
        if (word.text == "{") return open();
        if (word.text == "}") return close();
        if (statement_.empty()) return;
        emit(statement_);
        statement_.clear();
    }
    void open() {
        if (statement_.empty()) return out_.bad(line_, "there is no name before this {");
        if (!blocks_.empty()) blocks_.back().empty = false;
        blocks_.push_back({line_, path_.size()});
        path_.insert(path_.end(), statement_.begin(), statement_.end());
        statement_.clear();
    }
    void close() {
        if (!statement_.empty()) {
            out_.bad(line_, fmt::format("\"{}\" needs a ; before the }}", statement_.back()));
            statement_.clear();
        }
        if (blocks_.empty()) return out_.bad(line_, "there is no { for this }");
        if (blocks_.back().empty) emit({});
        path_.resize(blocks_.back().words);
        blocks_.pop_back();
    }
    void emit(const std::vector<std::string>& words) {
        if (!blocks_.empty()) blocks_.back().empty = false;
        std::vector<std::string> all = path_;
        all.insert(all.end(), words.begin(), words.end());
        out_.list.push_back({line_, false, std::move(all)});
    }

    std::size_t line_ = 0;
    std::vector<std::string> path_;
    std::vector<std::string> statement_;
    std::vector<Block> blocks_;
    Edits out_;
};

// A JSON document as set commands: it may be a part, which lacks what there is already.
class Flattener {
public:
    explicit Flattener(const Schema& schema) : schema_(schema) {}

    Edits run(const json::object& document) {
        members(nullptr, document, {});
        return std::move(out_);
    }

private:
    using Path = std::vector<std::string>;

    void bad(const Path& path, std::string message) {
        std::string text;
        for (const std::string& word : path) text += (text.empty() ? "" : " ") + word;
        out_.problems.push_back({0, {std::move(text), std::move(message)}});
    }
    void emit(Path path) { out_.list.push_back({0, false, std::move(path)}); }

    void members(const lysc_node* parent, const json::object& object, const Path& path) {
        const auto children = children_of(schema_, parent);
        for (const auto& member : object) {
            const auto found = std::ranges::find_if(
                children, [&](const lysc_node* node) { return member.key() == member_name(node); });
            if (found == children.end()) {
                bad(path, fmt::format("\"{}\" is not known", std::string_view(member.key())));
                continue;
            }
            const lysc_node* child = *found;
            if (lysc_is_key(child)) continue;
            Path below = path;
            below.emplace_back(child->name);
            value(child, member.value(), std::move(below));
        }
    }

    void value(const lysc_node* node, const json::value& value, Path path) {
        if (node->nodetype == LYS_CONTAINER) {
            if (!value.is_object()) return bad(path, "must be an object in braces");
            if ((node->flags & LYS_PRESENCE) != 0) emit(path);
            return members(node, value.get_object(), path);
        }
        if (node->nodetype == LYS_LEAF) return leaf(node, value, std::move(path));
        if (!value.is_array()) return bad(path, "must be a list in square brackets");
        for (const json::value& entry : value.get_array()) {
            if (node->nodetype == LYS_LIST) {
                list_entry(node, entry, path);
            } else {
                leaf(node, entry, path);
            }
        }
    }

    void list_entry(const lysc_node* list, const json::value& entry, Path path) {
        if (!entry.is_object()) return bad(path, "each entry must be an object in braces");
        for (const lysc_node* key : keys_of(list)) {
            const json::value* part = entry.get_object().if_contains(key->name);
            if (part == nullptr) return bad(path, fmt::format("an entry has no {}", key->name));
            path.push_back(scalar_text(*part));
        }
        emit(path);
        members(list, entry.get_object(), path);
    }

    void leaf(const lysc_node* node, const json::value& value, Path path) {
        if (const auto wrong = check_value(schema_, node, value)) return bad(path, *wrong);
        const std::string text = scalar_text(value);
        if (!text.empty()) path.push_back(text);
        emit(std::move(path));
    }

    const Schema& schema_;
    Edits out_;
};

LineProblems apply(const Schema& schema, json::object& document, Edits edits) {
    LineProblems problems = std::move(edits.problems);
    for (const Edit& edit : edits.list) {
        auto done = edit.removes ? delete_words(schema, document, edit.words)
                                 : set_words(schema, document, edit.words);
        if (!done) problems.push_back({edit.line, std::move(done.error())});
    }
    std::ranges::stable_sort(problems, {}, &LineProblem::line);
    return problems;
}

LineProblems replace_by_json(const Schema& schema, json::object& document, json::object loaded) {
    LineProblems out;
    for (Problem& problem : check_document(schema, loaded)) out.push_back({0, std::move(problem)});
    if (out.empty()) document = std::move(loaded);
    return out;
}

bool begins_with_command(std::string_view text) {
    bool found = false;
    bool answer = false;
    each_line(text, [&](std::size_t, std::string_view line) {
        if (found || is_comment(line)) return;
        found = true;
        const auto start = line.find_first_not_of(" \t");
        const std::string_view word = line.substr(start, line.find_first_of(" \t", start) - start);
        answer = word == "set" || word == "delete";
    });
    return answer;
}

LineProblems load_into(const Schema& schema, json::object& document, std::string_view text,
                       LoadMode mode, Words place) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (mode == LoadMode::set) {
        Edits edits = read_commands(text);
        for (Edit& edit : edits.list) {
            edit.words.insert(edit.words.begin(), place.begin(), place.end());
        }
        return apply(schema, document, std::move(edits));
    }
    if (first != text.npos && text[first] == '{') {
        auto loaded = parse_json(text);
        if (!loaded) return {loaded.error()};
        if (mode == LoadMode::replace) {
            return replace_by_json(schema, document, std::move(*loaded));
        }
        return apply(schema, document, Flattener(schema).run(*loaded));
    }
    if (mode == LoadMode::replace) document.clear();
    return apply(schema, document,
                 begins_with_command(text) ? read_commands(text) : BraceReader().read(text));
}

}  // namespace

std::string LineProblem::text() const {
    return line == 0 ? problem.text() : fmt::format("line {}: {}", line, problem.text());
}

LineProblems load_text(const Schema& schema, json::object& document, std::string_view text,
                       LoadMode mode, Words place) {
    json::object changed = document;
    LineProblems problems = load_into(schema, changed, text, mode, place);
    if (problems.empty()) document = std::move(changed);
    return problems;
}

}  // namespace torii::yang
