#include "mgmt/shell/command_runner.h"

#include "mgmt/shell/interrupt.h"
#include "mgmt/shell/monitor_screen.h"
#include "mgmt/shell/pager.h"
#include "mgmt/shell/system_program.h"
#include "mgmt/shell/terminal.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

namespace torii::shell {
namespace {

// What a configuration may come to; more is a mistake.
constexpr std::size_t kInputMax = std::size_t{32} * 1024 * 1024;

ipc::CommandOutput failed(const ipc::CommandOutput& before, const std::string& sentence) {
    ipc::CommandOutput out;
    out.set_prompt(before.prompt());
    out.set_configuring(before.configuring());
    out.set_status(1);
    out.set_text(fmt::format("% {}\n", sentence));
    return out;
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail("cannot read {}: {}", path, std::strerror(errno));
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad() || text.fail()) return fail("cannot read {}: {}", path, std::strerror(EISDIR));
    std::string out = text.str();
    if (out.size() > kInputMax) return fail("{} is larger than {} MiB", path, kInputMax >> 20U);
    return out;
}

void print_failure(const std::string& text) {
    std::fflush(stdout);
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

Result<ipc::CommandOutput> CommandRunner::remembered(Outcome output) {
    if (output) {
        prompt_ = output->prompt();
        configuring_ = output->configuring();
    }
    return output;
}

Result<ipc::CommandOutput> CommandRunner::run(const std::string& line) {
    (void)take_interrupt();
    const std::string prompt_before = prompt_;
    Outcome output = conversation_.run(line);
    if (output && output->has_wanted()) output = with_input(line, std::move(*output));
    if (!output) return output;
    if (output->status() != 0 && interactive_) point_at(line, *output);
    if (output->has_program()) {
        output->set_status(run_program(output->program()));
        return remembered(std::move(output));
    }
    if (output->again_ms() != 0) return remembered(monitor(line, std::move(*output)));
    return remembered(show(std::move(*output)));
}

Result<ipc::CommandOutput> CommandRunner::run_together(const Batch& batch) {
    Outcome output = conversation_.run("load set terminal", batch.text());
    if (output && output->status() != 0) print_failure(output->text());
    return remembered(std::move(output));
}

Result<ipc::CommandOutput> CommandRunner::with_input(const std::string& line,
                                                     ipc::CommandOutput wanting) {
    std::string text;
    if (wanting.wanted().file().empty()) {
        const auto typed = read_text_();
        if (!typed) return failed(wanting, "dropped, nothing was changed");
        text = *typed;
    } else {
        auto read = read_file(wanting.wanted().file());
        if (!read) return failed(wanting, read.error().message);
        text = std::move(*read);
    }
    return conversation_.run(line, text);
}

// "^" below the word that is wrong, in the line that is still on the screen.
void CommandRunner::point_at(const std::string& line, const ipc::CommandOutput& output) const {
    if (!output.has_column() || output.column() > line.size()) return;
    const std::size_t cells = cells_of(prompt_) + cells_of(line.substr(0, output.column()));
    if (cells >= window_size().columns) return;
    print(std::string(cells, ' ') + "^\n");
}

Result<ipc::CommandOutput> CommandRunner::show(ipc::CommandOutput output) {
    if (output.status() != 0) {
        // The terminal has shown the ^C.
        if (interactive_ && output.text().empty()) print("\n");
        print_failure(output.text());
        return output;
    }
    if (!output.save_as().empty()) return save(std::move(output));
    const bool by_page = interactive_ && !output.whole() && !output.ended();
    return by_page ? page(std::move(output)) : print_all(std::move(output));
}

Result<ipc::CommandOutput> CommandRunner::print_all(ipc::CommandOutput output) {
    while (true) {
        if (output.status() != 0) {
            print_failure(output.text());
        } else {
            print(output.text());
        }
        if (!output.more()) return output;
        // A reader that went (| head) ends it, as Ctrl-C does.
        auto next = std::ferror(stdout) != 0 ? conversation_.stop() : conversation_.more();
        if (!next) return next;
        output = std::move(*next);
    }
}

Result<ipc::CommandOutput> CommandRunner::page(ipc::CommandOutput output) {
    std::optional<std::string> first = std::move(*output.mutable_text());
    std::optional<Error> lost;
    std::string failure;
    const auto source = [&]() -> std::optional<std::string> {
        if (first) return std::exchange(first, std::nullopt);
        if (!output.more() || lost) return std::nullopt;
        auto next = conversation_.more();
        if (!next) {
            lost = next.error();
            return std::nullopt;
        }
        output = std::move(*next);
        if (output.status() == 0) return output.text();
        failure = output.text();
        return std::nullopt;
    };
    const WindowSize size = window_size();
    Pager pager(source, size.rows, size.columns);
    print(pager.begin());
    if (!pager.ended()) {
        KeyByKey keys;
        while (!pager.ended() && !keys.input_ended()) {
            const auto key = keys.read();
            if (take_resize()) {
                const WindowSize now = window_size();
                print(pager.resize(now.rows, now.columns));
            }
            if (key) print(pager.key(*key));
        }
    }
    if (lost) return unexpected(*lost);
    if (!failure.empty()) print_failure(failure);
    if (!output.more()) return output;
    auto stopped = conversation_.stop();
    // Who reads no further has not failed.
    if (stopped) stopped->set_status(0);
    return stopped;
}

Result<ipc::CommandOutput> CommandRunner::save(ipc::CommandOutput output) {
    const std::string path = output.save_as();
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    std::size_t octets = 0;
    while (true) {
        file << output.text();
        octets += output.text().size();
        if (!file.flush()) {
            const std::string reason = std::strerror(errno);
            if (output.more()) (void)conversation_.stop();
            output = failed(output, fmt::format("cannot write {}: {}", path, reason));
            break;
        }
        if (!output.more()) break;
        auto next = conversation_.more();
        if (!next) return next;
        if (next->status() != 0) {
            output = std::move(*next);
            break;
        }
        output = std::move(*next);
    }
    if (output.status() != 0) {
        print_failure(output.text());
    } else {
        print(fmt::format("{} octets are in {}.\n", octets, path));
    }
    return output;
}

// The same again and again, each time on the same place of the screen, until q or Ctrl-C.
Result<ipc::CommandOutput> CommandRunner::monitor(const std::string& line,
                                                  ipc::CommandOutput output) {
    std::optional<MonitorScreen> screen;
    if (interactive_) screen.emplace(line);
    while (true) {
        const std::chrono::milliseconds interval(output.again_ms());
        if (output.status() != 0) {
            screen.reset();
            print_failure(output.text());
            return output;
        }
        if (screen) {
            screen->draw(output.text(), interval);
        } else {
            print(output.text());
        }
        if (output.more()) {
            auto stopped = conversation_.stop();
            if (!stopped) return stopped;
        }
        const bool ended = screen ? screen->wait(interval) : sleep_until_interrupt(interval);
        if (ended) break;
        auto next = conversation_.run(line);
        if (!next) return next;
        output = std::move(*next);
    }
    (void)take_interrupt();
    output.set_again_ms(0);
    return output;
}

}  // namespace torii::shell
