#pragma once

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace torii::test {

// A real torii-mgmtd. Its log goes to FOLDER/mgmtd.log, its sockets are in FOLDER too.
class MgmtdProcess {
public:
    // `environment`: more variables, "NAME=value".
    MgmtdProcess(const std::string& folder, const std::vector<std::string>& environment) {
        const std::vector<std::string> words{TORII_MGMTD,  "--config",     folder + "/router.json",
                                             "--yang-dir", TORII_YANG_DIR, "--run-dir",
                                             folder};
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
    void terminate() { ::kill(process_, SIGTERM); }

private:
    pid_t process_ = -1;
    bool ended_ = false;
};

}  // namespace torii::test
