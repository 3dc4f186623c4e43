#include "platform/base/durable_file.h"

#include "platform/base/log.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace torii {
namespace {

constexpr Log kLog("files");
constexpr mode_t kPlainMode = 0644;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return folder.empty() ? "." : folder.string();
}

}  // namespace

DurableFile::DurableFile(std::string path, std::string partial)
    : path_(std::move(path)), partial_(std::move(partial)) {}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : path_(std::move(other.path_)), partial_(std::exchange(other.partial_, {})) {}

DurableFile::~DurableFile() {
    if (!partial_.empty()) ::unlink(partial_.c_str());
}

Result<DurableFile> DurableFile::write(const std::string& path, std::string_view text,
                                       Options options) {
    const std::string partial = path + ".partial";
    const Descriptor descriptor(
        ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, options.mode));
    if (descriptor.number() < 0) return fail("cannot write {}: {}", partial, std::strerror(errno));
    DurableFile file(path, partial);
    // It may have been left behind by somebody with other ideas.
    if (::fchmod(descriptor.number(), options.mode) != 0 || !write_all(descriptor.number(), text) ||
        (options.synced && ::fsync(descriptor.number()) != 0)) {
        return fail("cannot write {}: {}", partial, std::strerror(errno));
    }
    return file;
}

Result<void> sync_folder(const std::string& folder) {
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() >= 0 && ::fsync(descriptor.number()) == 0) return {};
    return fail("what changed in {} may not survive a power failure: {}", folder,
                std::strerror(errno));
}

Result<void> DurableFile::publish(bool synced) {
    if (std::rename(partial_.c_str(), path_.c_str()) != 0) {
        return fail("cannot replace {}: {}", path_, std::strerror(errno));
    }
    partial_.clear();
    if (!synced) return {};
    if (auto done = sync_folder(folder_of(path_)); !done) {
        // It is in its place already: saying that it failed would be wrong.
        kLog.error("{}", done.error().message);
    }
    return {};
}

Result<void> replace_file(const std::string& path, std::string_view text) {
    struct stat before {};
    const bool is_there = ::stat(path.c_str(), &before) == 0;
    const mode_t mode = is_there ? before.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO) : kPlainMode;
    auto file = DurableFile::write(path, text, {mode, false});
    if (!file) return unexpected(file.error());
    return file->publish(false);
}

Result<std::optional<std::string>> read_text(const std::string& path, std::size_t size_max) {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.number() < 0) {
        if (errno == ENOENT) return std::optional<std::string>();
        return fail("cannot read {}: {}", path, std::strerror(errno));
    }
    std::string text;
    std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t got = ::read(descriptor.number(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail("cannot read {}: {}", path, std::strerror(errno));
        if (got == 0) return std::optional(std::move(text));
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > size_max) {
            return fail("{} is larger than {} MB", path, size_max >> 20U);
        }
    }
}

Result<void> remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) return {};
        return fail("cannot remove {}: {}", path, std::strerror(errno));
    }
    return sync_folder(folder_of(path));
}

}  // namespace torii
