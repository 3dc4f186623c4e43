#include "mgmt/host/ssh_server.h"

#include "mgmt/host/run_program.h"
#include "platform/base/durable_file.h"
#include "platform/base/socket_address.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace torii::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/sbin/sshd";
constexpr const char* kKeygen = "/usr/bin/ssh-keygen";
// sshd insists on it (its privilege separation).
constexpr const char* kOwnFolder = "/run/sshd";
constexpr std::chrono::milliseconds kPatience{5000};
constexpr std::chrono::milliseconds kStep{5};

Result<void> make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail("cannot make {}: {}", folder.string(), error.message());
    return {};
}

// In its place at once; keys are read with the user's rights.
Result<void> place_file(const fs::path& path, const std::string& text) {
    constexpr ::mode_t kForAll = 0644;
    if (auto done = make_folder(path.parent_path()); !done) return done;
    auto file = DurableFile::write(path, text, {.mode = kForAll, .synced = false});
    if (!file) return unexpected(file.error());
    return file->publish(false);
}

template <class Condition>
bool wait_for(const Condition& condition) {
    for (auto waited = kStep; waited < kPatience; waited += kStep) {
        if (condition()) return true;
        std::this_thread::sleep_for(kStep);
    }
    return condition();
}

std::vector<SshSocket> all_sockets(const SshWish& wish) {
    std::vector<SshSocket> out = sockets_of(wish.shell);
    for (const SshSocket& socket : sockets_of(wish.netconf)) out.push_back(socket);
    return out;
}

Result<void> try_socket(const SshSocket& wanted) {
    const SocketAddress at = socket_address(wanted.address, wanted.port);
    const int socket = ::socket(at.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail("socket: {}", std::strerror(errno));
    const int one = 1;
    (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    (void)::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    const int bound = ::bind(socket, at.get(), at.size);
    // Two may be bound to one address; only one of them listens.
    const bool good = bound == 0 && ::listen(socket, 1) == 0;
    const std::string reason = std::strerror(errno);
    ::close(socket);
    if (good) return {};
    return fail("cannot listen at {} port {}: {}", wanted.address, wanted.port, reason);
}

}  // namespace

Result<void> SshServer::check(const SshWish& wish) const {
    if (!wish.enabled()) return {};
    for (const char* program : {kProgram, kKeygen}) {
        if (::access(program, X_OK) != 0) {
            return fail("there is no {}: install the package openssh-server", program);
        }
    }
    // It has them already, or may have.
    const bool runs = process().has_value();
    if (runs && !applied_) return {};
    const auto own = runs ? all_sockets(*applied_) : std::vector<SshSocket>();
    for (const SshSocket& socket : all_sockets(wish)) {
        if (std::ranges::find(own, socket) != own.end()) continue;
        if (auto free = try_socket(socket); !free) return free;
    }
    return {};
}

Result<void> SshServer::apply(const SshWish& wish) {
    const auto running = process();
    if (applied_ == wish && running.has_value() == wish.enabled()) return {};
    applied_.reset();
    const auto files = ssh_files(wish, paths_);
    if (files.empty()) {
        end();
        std::error_code ignored;
        fs::remove_all(paths_.folder + "/keys", ignored);
        applied_ = wish;
        return {};
    }
    if (auto done = make_host_key(); !done) return done;
    if (auto done = write(files); !done) return done;
    if (!running) {
        if (auto done = start(); !done) return done;
    } else if (::kill(*running, SIGHUP) != 0) {
        return fail("sshd, process {}: {}", *running, std::strerror(errno));
    }
    applied_ = wish;
    return {};
}

Result<void> SshServer::revive() const {
    if (!applied_ || !applied_->enabled() || process()) return {};
    return start();
}

// Of the process that its file names, if it is still that sshd.
std::optional<pid_t> SshServer::process() const {
    const auto text = read_text(paths_.folder + "/sshd.pid");
    if (!text || !*text) return std::nullopt;
    pid_t process = 0;
    std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), process);
    if (process <= 0) return std::nullopt;
    const auto command = read_text(fmt::format("/proc/{}/cmdline", process));
    if (!command || !*command) return std::nullopt;
    return (*command)->find(paths_.folder + "/sshd_config") != std::string::npos
               ? std::optional(process)
               : std::nullopt;
}

Result<void> SshServer::make_host_key() const {
    std::error_code error;
    if (fs::exists(paths_.host_key, error)) return {};
    if (auto done = make_folder(fs::path(paths_.host_key).parent_path()); !done) return done;
    return run_program(
        {kKeygen, "-q", "-t", "ed25519", "-N", "", "-C", "torii", "-f", paths_.host_key});
}

// The server's own file last, and only when it is one that sshd takes: who died may be started
// from it.
Result<void> SshServer::write(const std::map<std::string, std::string>& files) const {
    if (auto done = make_folder(kOwnFolder); !done) return done;
    const std::string config = paths_.folder + "/sshd_config";
    if (auto done = place_file(config + ".next", files.at("sshd_config")); !done) return done;
    if (auto done = run_program({kProgram, "-t", "-f", config + ".next"}); !done) return done;
    for (const auto& [name, text] : files) {
        if (name == "sshd_config") continue;
        if (auto done = place_file(paths_.folder + "/" + name, text); !done) return done;
    }
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(paths_.folder + "/keys", error)) {
        if (!files.contains("keys/" + entry.path().filename().string())) {
            fs::remove(entry.path(), error);
        }
    }
    fs::rename(config + ".next", config, error);
    if (error) return fail("cannot replace {}: {}", config, error.message());
    return {};
}

Result<void> SshServer::start() const {
    const std::string config = paths_.folder + "/sshd_config";
    std::error_code ignored;
    fs::remove(paths_.folder + "/sshd.pid", ignored);
    if (auto done = run_program({kProgram, "-f", config}); !done) return done;
    // It says that it is there when it has parted from the process that was started.
    if (wait_for([this] { return process().has_value(); })) return {};
    return fail("sshd did not begin to listen: its log says why");
}

void SshServer::end() const {
    const auto running = process();
    if (!running || ::kill(*running, SIGTERM) != 0) return;
    (void)wait_for([this] { return !process().has_value(); });
}

}  // namespace torii::host
