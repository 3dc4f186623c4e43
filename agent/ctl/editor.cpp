#include "agent/ctl/editor.h"

#include "platform/base/durable_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
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

Result<std::string> edit_file(const std::string& file, const std::string& text) {
    if (auto done = replace_file(file, text); !done) return unexpected(done.error());
    if (auto done = run_editor(file); !done) return unexpected(done.error());
    auto result = read_text(file);
    if (!result) return unexpected(result.error());
    if (!*result) return fail("the editor has taken {} away: nothing is changed", file);
    return std::move(**result);
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
    auto result = edit_file(file, text);
    std::filesystem::remove(file);
    return result;
}

}  // namespace torii::agent
