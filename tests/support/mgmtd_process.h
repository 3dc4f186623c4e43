#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace torii::test {

// A real torii-mgmtd. Its log goes to FOLDER/mgmtd.log, its sockets are in FOLDER too.
class MgmtdProcess {
public:
    // `environment`: more variables, "NAME=value". `options`: more of them.
    MgmtdProcess(const std::string& folder, const std::vector<std::string>& environment,
                 const std::vector<std::string>& options = {}) {
        std::vector<std::string> words{TORII_MGMTD,  "--config",     folder + "/router.json",
                                       "--yang-dir", TORII_YANG_DIR, "--run-dir",
                                       folder};
        words.insert(words.end(), options.begin(), options.end());
        std::vector<char*> arguments;
        for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        std::vector<char*> variables;
        for (char** one = environ; *one != nullptr; ++one) variables.push_back(*one);
        for (const std::string& one : environment) {
            variables.push_back(const_cast<char*>(one.c_str()));
        }
        variables.push_back(nullptr);
        posix_spawn_file_actions_t actions{};
        posix_spawn_file_actions_init(&actions);
        const std::string log = folder + "/mgmtd.log";
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                         O_WRONLY | O_CREAT | O_APPEND, 0600);
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
        const int error = posix_spawn(&process_, TORII_MGMTD, &actions, nullptr, arguments.data(),
                                      variables.data());
        posix_spawn_file_actions_destroy(&actions);
        if (error != 0) throw std::runtime_error("cannot start " TORII_MGMTD);
    }
    MgmtdProcess(const MgmtdProcess&) = delete;
    MgmtdProcess& operator=(const MgmtdProcess&) = delete;
    ~MgmtdProcess() {
        if (running()) ::kill(process_, SIGKILL);
        if (!ended_) ::waitpid(process_, nullptr, 0);
    }

    [[nodiscard]] bool running() {
        if (!ended_) ended_ = ::waitpid(process_, nullptr, WNOHANG) == process_;
        return !ended_;
    }
    // CPU time of all its threads: other load on the machine does not count.
    [[nodiscard]] std::chrono::milliseconds cpu_time() const {
        std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
        std::string line;
        std::getline(file, line);
        std::istringstream fields(line.substr(line.rfind(')') + 2));
        const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
        // proc(5): utime and stime are the 14th and the 15th.
        const long ticks = std::stol(words.at(11)) + std::stol(words.at(12));
        return std::chrono::milliseconds(ticks * 1000 / sysconf(_SC_CLK_TCK));
    }
    void kill() { ::kill(process_, SIGKILL); }

private:
    pid_t process_ = -1;
    bool ended_ = false;
};

}  // namespace torii::test
