#include "mgmt/shell/line_editor.h"

#include "mgmt/shell/completion.h"

#include <histedit.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <langinfo.h>
#include <utility>

namespace torii::shell {
namespace {

constexpr int kHistoryLines = 1000;

volatile std::sig_atomic_t interrupted = 0;

// libedit drops characters that the locale does not know; over SSH there often is none.
void use_utf8() {
    std::setlocale(LC_CTYPE, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

void note_interrupt(int /*signal*/) {
    interrupted = 1;
}

}  // namespace

struct LineEditor::Parts {
    EditLine* editor = nullptr;
    History* history = nullptr;
    std::string prompt;
    Complete complete;

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
        const ipc::Completions completions = of(editor).complete(line);
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
        return print_list(of(editor).complete(line));
    }
};

LineEditor::LineEditor(Complete complete) : parts_(std::make_unique<Parts>()) {
    use_utf8();
    parts_->complete = std::move(complete);
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
    // Ctrl-C drops the line. Without SA_RESTART it ends the wait for a key.
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    sigaction(SIGINT, &action, nullptr);
}

LineEditor::~LineEditor() {
    history_end(parts_->history);
    el_end(parts_->editor);
}

std::optional<std::string> LineEditor::read(const std::string& prompt) {
    parts_->prompt = prompt;
    int count = 0;
    interrupted = 0;
    const char* line = el_gets(parts_->editor, &count);
    if (interrupted != 0) {
        el_reset(parts_->editor);
        std::fputs("^C\n", stdout);
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

}  // namespace torii::shell
