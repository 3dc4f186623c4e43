#pragma once

#include "mgmt/server/grammar.h"

#include <string>
#include <vector>

namespace torii::mgmt {

// What a person at the router needs besides its tables: ping, traceroute, the logs, and all of it
// in one text for who helps from afar.
class ToolCommands {
public:
    // `operational`: where the commands of the text for support are found.
    ToolCommands(std::string run_dir, const Grammar& operational)
        : run_dir_(std::move(run_dir)), operational_(operational) {}

    void add_to(Grammar& grammar);

private:
    void show_log(const Invocation& asked, std::size_t lines, const Done& done) const;
    void follow_log(const Done& done) const;

    std::string run_dir_;
    const Grammar& operational_;
};

// The program behind "ping TARGET OPTIONS": its words, or what is wrong with them and which word it
// is. Nothing that was typed becomes an option of the program.
struct BadOption {
    std::string message;
    std::size_t word = 0;  // among those after the command
};
[[nodiscard]] Result<std::vector<std::string>, BadOption> ping_program(
    const std::vector<std::string>& words);
[[nodiscard]] Result<std::vector<std::string>, BadOption> traceroute_program(
    const std::vector<std::string>& words);

}  // namespace torii::mgmt
