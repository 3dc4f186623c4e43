#pragma once

#include <filesystem>

namespace torii::controlplane {

// Tells the next process that this one has BGP routes of which the kernel has none: from the kernel
// alone it would not know that it is a restart (RFC 4724 section 4.1). Like the kernel's routes it
// does not outlive a boot.
class RestartMark {
public:
    explicit RestartMark(std::filesystem::path path);

    [[nodiscard]] bool there() const { return there_; }
    void set(bool there);

private:
    std::filesystem::path path_;
    bool there_ = false;
};

}  // namespace torii::controlplane
