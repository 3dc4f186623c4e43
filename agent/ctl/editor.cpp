#include "agent/ctl/editor.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace torii::agent {
namespace {

std::string editor_command() {
    for (const char* name : {"KUBE_EDITOR", "EDITOR"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return value;
    }
    return "vi";
}

// The command may have words of its own, as "code --wait": the shell takes it apart.
Result<void> run_editor(const std::string& file) {
    const std::string command = editor_command();
    const pid_t child = fork();
    if (child < 0) return fail("cannot start {}: {}", command, std::strerror(errno));
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", (command + " \"$0\"").c_str(), file.c_str(), nullptr);
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return fail("{}: {}", command, std::strerror(errno));
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail("the editor {} failed: nothing is changed", command);
}

}  // namespace

Result<std::string> edited(const std::string& text, const std::string& name) {
    const std::string folder = std::filesystem::temp_directory_path().string();
    const std::string pattern = folder + "/toriictl-" + name + "-XXXXXX.yaml";
    std::vector<char> path(pattern.begin(), pattern.end());
    path.push_back('\0');
    const int descriptor = mkstemps(path.data(), 5);  // mode 0600: it may be a Secret
    if (descriptor < 0) return fail("cannot write {}: {}", pattern, std::strerror(errno));
    close(descriptor);
    const std::string file = path.data();
    std::ofstream(file, std::ios::binary) << text;
    const Result<void> done = run_editor(file);
    std::ifstream input(file, std::ios::binary);
    std::string result(std::istreambuf_iterator<char>(input), {});
    std::filesystem::remove(file);
    if (!done) return unexpected(done.error());
    return result;
}

}  // namespace torii::agent
