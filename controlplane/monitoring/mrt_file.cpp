#include "controlplane/monitoring/mrt_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

namespace torii::monitoring {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} << 10U;
constexpr std::size_t kNameMax = 4096;
constexpr mode_t kMode = 0644;

}  // namespace

Result<std::string> file_name_at(const std::string& pattern, UnixTime time) {
    if (pattern.empty() || pattern.front() != '/') {
        return fail("file {}: must begin with /", pattern);
    }
    const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, kNameMax> name{};
    const std::size_t size = std::strftime(name.data(), name.size(), pattern.c_str(), &parts);
    if (size == 0) return fail("file {}: the name is too long", pattern);
    return std::string(name.data(), size);
}

Result<MrtFile> MrtFile::create(const std::string& name) {
    const std::filesystem::path path(name);
    if (path.filename().empty()) return fail("cannot write {}: it is a directory", name);
    const std::string partial = path.parent_path() / ("." + path.filename().string() + ".partial");
    const int descriptor =
        ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode);
    if (descriptor < 0) return fail("cannot write {}: {}", name, std::strerror(errno));
    return MrtFile(name, partial, descriptor);
}

MrtFile::MrtFile(std::string name, std::string partial, int descriptor)
    : name_(std::move(name)), partial_(std::move(partial)), descriptor_(descriptor) {}

MrtFile::MrtFile(MrtFile&& other) noexcept
    : name_(std::move(other.name_)),
      partial_(std::move(other.partial_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      records_(other.records_),
      octets_(other.octets_) {}

MrtFile& MrtFile::operator=(MrtFile&& other) noexcept {
    if (this == &other) return *this;
    discard();
    name_ = std::move(other.name_);
    partial_ = std::move(other.partial_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    buffer_ = std::move(other.buffer_);
    records_ = other.records_;
    octets_ = other.octets_;
    return *this;
}

MrtFile::~MrtFile() {
    discard();
}

void MrtFile::discard() {
    if (descriptor_ < 0) return;
    ::close(std::exchange(descriptor_, -1));
    ::unlink(partial_.c_str());
}

Result<void> MrtFile::add(Bytes record) {
    buffer_.insert(buffer_.end(), record.begin(), record.end());
    ++records_;
    octets_ += record.size();
    return buffer_.size() < kBuffer ? Result<void>{} : flush();
}

Result<void> MrtFile::flush() {
    for (Bytes rest(buffer_); !rest.empty();) {
        const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail("cannot write {}: {}", name_, std::strerror(errno));
        rest = rest.subspan(static_cast<std::size_t>(written));
    }
    buffer_.clear();
    return {};
}

// Not synchronised with the disk, which can take seconds: after a power cut there may be a gap in
// the records, as there is one in what was received.
Result<void> MrtFile::commit() {
    if (auto done = flush(); !done) return done;
    // Some file systems say only here that there was no room.
    if (::close(std::exchange(descriptor_, -1)) != 0) {
        const int reason = errno;
        ::unlink(partial_.c_str());
        return fail("cannot write {}: {}", name_, std::strerror(reason));
    }
    if (std::rename(partial_.c_str(), name_.c_str()) == 0) return {};
    const int reason = errno;
    ::unlink(partial_.c_str());
    return fail("cannot write {}: {}", name_, std::strerror(reason));
}

}  // namespace torii::monitoring
