#include "platform/base/words.h"

#include <utility>

namespace torii {
namespace {

bool is_space(char character) {
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

class Splitter {
public:
    Splitter(std::string_view line, std::string_view marks) : line_(line), marks_(marks) {}

    Result<SplitLine> run() {
        for (position_ = 0; position_ < line_.size(); ++position_) {
            if (quoted_) {
                take_quoted();
            } else {
                take();
            }
        }
        if (quoted_) return fail("a quotation mark is open: add \" at the end of the text");
        out_.in_word = in_word_;
        end_word();
        return std::move(out_);
    }

private:
    void begin_word() {
        if (!in_word_) word_.column = position_;
        in_word_ = true;
    }
    void end_word() {
        if (in_word_) out_.words.push_back(std::exchange(word_, {}));
        in_word_ = false;
    }
    void take_quoted() {
        const char character = line_[position_];
        if (character == '\\' && position_ + 1 < line_.size()) {
            word_.text += line_[++position_];
        } else if (character == '"') {
            quoted_ = false;
        } else {
            word_.text += character;
        }
    }
    void take() {
        const char character = line_[position_];
        if (is_space(character)) return end_word();
        if (marks_.find(character) != marks_.npos) {
            end_word();
            out_.words.push_back({std::string(1, character), position_, true});
            return;
        }
        begin_word();
        if (character == '"') {
            quoted_ = true;
        } else {
            word_.text += character;
        }
    }

    std::string_view line_;
    std::string_view marks_;
    std::size_t position_ = 0;
    bool in_word_ = false;
    bool quoted_ = false;
    Word word_;
    SplitLine out_;
};

}  // namespace

Result<SplitLine> split_line(std::string_view line, std::string_view marks) {
    return Splitter(line, marks).run();
}

std::string quoted_word(std::string_view text) {
    if (!text.empty() && text.find_first_of(" \t\r\n\"\\|") == text.npos) return std::string(text);
    std::string out = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') out += '\\';
        out += character;
    }
    return out + '"';
}

}  // namespace torii
