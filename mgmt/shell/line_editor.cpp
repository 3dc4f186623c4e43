#include "mgmt/shell/line_editor.h"

#include "mgmt/shell/completion.h"
#include "mgmt/shell/interrupt.h"
#include "mgmt/shell/pager.h"
#include "mgmt/shell/terminal.h"

#include <fmt/format.h>
#include <histedit.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <langinfo.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace torii::shell {
namespace {

constexpr int kHistoryLines = 1000;
// Terminals put these around what is pasted when they are asked to.
constexpr const char* kMarkPastes = "\033[?2004h";
constexpr const char* kDoNotMarkPastes = "\033[?2004l";
constexpr std::string_view kPasteEnd = "\033[201~";
constexpr std::size_t kPasteMax = std::size_t{16} * 1024 * 1024;

// libedit drops characters that the locale does not know; over SSH there often is none.
void use_utf8() {
    std::setlocale(LC_CTYPE, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

// What was pasted, up to the mark of its end, with line ends as files have them.
std::string read_paste() {
    std::string text;
    char octet = 0;
    while (text.size() < kPasteMax && !interrupted()) {
        const ssize_t count = ::read(STDIN_FILENO, &octet, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        text += octet == '\r' ? '\n' : octet;
        if (!text.ends_with(kPasteEnd)) continue;
        text.resize(text.size() - kPasteEnd.size());
        break;
    }
    return text;
}

}  // namespace

struct LineEditor::Parts {
    EditLine* editor = nullptr;
    History* history = nullptr;
    std::string prompt;
    Events events;
    std::deque<std::string> pasted;
    std::string unfinished;  // the end of a paste, for the next line
    bool gone = false;       // the other side

    static Parts& of(EditLine* editor) {
        void* parts = nullptr;
        el_get(editor, EL_CLIENTDATA, &parts);
        return *static_cast<Parts*>(parts);
    }

    static char* prompt_of(EditLine* editor) { return of(editor).prompt.data(); }

    static std::string line_before_cursor(EditLine* editor) {
        const LineInfo* info = el_line(editor);
        return {info->buffer, info->cursor};
    }

    // Below the line that is being typed, which is then printed again.
    static unsigned char print_list(const ipc::Completions& completions) {
        std::fputc('\n', stdout);
        std::fputs(completion_list(completions).c_str(), stdout);
        std::fflush(stdout);
        return CC_REDISPLAY;
    }

    static unsigned char on_tab(EditLine* editor, int /*key*/) {
        const std::string line = line_before_cursor(editor);
        const ipc::Completions completions = of(editor).events.complete(line);
        const std::string addition = tab_addition(line, completions);
        if (addition.empty()) return print_list(completions);
        if (el_insertstr(editor, addition.c_str()) != 0) return CC_ERROR;
        return CC_REFRESH;
    }

    static unsigned char on_question(EditLine* editor, int /*key*/) {
        const std::string line = line_before_cursor(editor);
        // Inside quotation marks it is a character like others.
        int quotes = 0;
        for (const char character : line) quotes += character == '"' ? 1 : 0;
        if (quotes % 2 == 1) {
            return el_insertstr(editor, "?") == 0 ? CC_REFRESH : CC_ERROR;
        }
        return print_list(of(editor).events.complete(line));
    }

    // One line goes into what is being typed. Of several the first ends it, the others wait.
    static unsigned char on_paste(EditLine* editor, int /*key*/) {
        Parts& parts = of(editor);
        std::string text = read_paste();
        const auto first_end = text.find('\n');
        const std::string first = text.substr(0, first_end);
        if (!first.empty() && el_insertstr(editor, first.c_str()) != 0) return CC_ERROR;
        if (first_end == text.npos) return CC_REFRESH;
        text.erase(0, first_end + 1);
        for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
            parts.pasted.push_back(text.substr(0, end));
            text.erase(0, end + 1);
        }
        parts.unfinished = text;
        // Moves to the end, so that all of the line is what is run and shown.
        const LineInfo* info = el_line(editor);
        el_cursor(editor, static_cast<int>(info->lastchar - info->cursor));
        std::fputs("\n", stdout);
        std::fflush(stdout);
        return CC_NEWLINE;
    }

    // Shown above the line, which is then drawn again.
    void show_happened() {
        const auto lines = events.happened();
        gone = !lines;
        if (!lines || lines->empty()) return;
        const std::size_t columns = window_size().columns;
        const std::size_t cells = cells_of(prompt) + cells_of(line_before_cursor(editor));
        const std::size_t rows = columns == 0 ? 0 : cells / columns;
        shell::print(
            fmt::format("\r{}\033[J{}", rows == 0 ? "" : fmt::format("\033[{}A", rows), *lines));
        el_set(editor, EL_REFRESH);
    }

    // A key, or the end of waiting for one: 1, or what libedit takes for the end of the input.
    static int wait_for_key(EditLine* editor, wchar_t* key) {
        Parts& parts = of(editor);
        std::mbstate_t state{};
        while (true) {
            std::array<pollfd, 2> ready{pollfd{STDIN_FILENO, POLLIN, 0},
                                        pollfd{parts.events.descriptor(), POLLIN, 0}};
            // Nobody is listened to who is gone.
            const int count = ::poll(ready.data(), parts.gone ? 1 : 2, -1);
            if (interrupted()) return -1;
            if (take_resize()) {
                el_resize(editor);
                el_set(editor, EL_REFRESH);
            }
            if (count < 0) continue;
            if (ready[1].revents != 0 && !parts.gone) parts.show_happened();
            if (ready[0].revents == 0) continue;
            char octet = 0;
            const ssize_t size = ::read(STDIN_FILENO, &octet, 1);
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) return 0;
            constexpr auto kUnfinished = static_cast<std::size_t>(-2);
            const std::size_t used = std::mbrtowc(key, &octet, 1, &state);
            if (used == kUnfinished) continue;
            if (used <= 1) return 1;
            state = {};  // no character of this locale: dropped
        }
    }
};

LineEditor::LineEditor(Events events) : parts_(std::make_unique<Parts>()) {
    use_utf8();
    parts_->events = std::move(events);
    parts_->editor = el_init("torii", stdin, stdout, stderr);
    parts_->history = history_init();
    HistEvent event{};
    history(parts_->history, &event, H_SETSIZE, kHistoryLines);
    history(parts_->history, &event, H_SETUNIQUE, 1);
    EditLine* editor = parts_->editor;
    el_set(editor, EL_CLIENTDATA, parts_.get());
    el_set(editor, EL_PROMPT, &Parts::prompt_of);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_HIST, history, parts_->history);
    el_set(editor, EL_ADDFN, "torii-complete", "Complete the word", &Parts::on_tab);
    el_set(editor, EL_BIND, "^I", "torii-complete", nullptr);
    el_set(editor, EL_ADDFN, "torii-help", "List what may follow", &Parts::on_question);
    el_set(editor, EL_BIND, "?", "torii-help", nullptr);
    el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_set(editor, EL_ADDFN, "torii-paste", "Take what is pasted", &Parts::on_paste);
    el_set(editor, EL_BIND, "\033[200~", "torii-paste", nullptr);
    el_set(editor, EL_GETCFN, &Parts::wait_for_key);
}

LineEditor::~LineEditor() {
    history_end(parts_->history);
    el_end(parts_->editor);
}

std::optional<std::string> LineEditor::read(const std::string& prompt) {
    parts_->prompt = prompt;
    parts_->gone = false;
    int count = 0;
    (void)take_interrupt();
    if (!parts_->unfinished.empty()) {
        // Typed again, as it were.
        el_push(parts_->editor, std::exchange(parts_->unfinished, {}).c_str());
    }
    print(kMarkPastes);
    const char* line = el_gets(parts_->editor, &count);
    print(kDoNotMarkPastes);
    if (take_interrupt()) {
        el_reset(parts_->editor);
        print("^C\n");
        return std::string();
    }
    if (line == nullptr || count <= 0) return std::nullopt;
    std::string text(line, static_cast<std::size_t>(count));
    if (text.ends_with('\n')) text.pop_back();
    if (text.find_first_not_of(" \t") != text.npos) {
        HistEvent event{};
        history(parts_->history, &event, H_ENTER, text.c_str());
    }
    return text;
}

std::deque<std::string> LineEditor::take_pasted() {
    return std::exchange(parts_->pasted, {});
}

}  // namespace torii::shell
