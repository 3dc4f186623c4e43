#pragma once

#include "controlplane/monitoring/unix_time.h"
#include "platform/base/byte_reader.h"
#include "platform/base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torii::monitoring {

// A name with the conversions of strftime() in it, at a time, in UTC.
[[nodiscard]] Result<std::string> file_name_at(const std::string& pattern, UnixTime time);

// A file that is there under its name once it is whole: until then it has another name beside it,
// and what had the name before stays. Without commit() nothing remains.
class MrtFile {
public:
    [[nodiscard]] static Result<MrtFile> create(const std::string& name);
    MrtFile(MrtFile&& other) noexcept;
    MrtFile& operator=(MrtFile&& other) noexcept;
    MrtFile(const MrtFile&) = delete;
    MrtFile& operator=(const MrtFile&) = delete;
    ~MrtFile();

    // One record. After an error the file is of no use.
    Result<void> add(Bytes record);
    // Hands what was added to the kernel.
    Result<void> flush();
    Result<void> commit();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t records() const { return records_; }
    [[nodiscard]] std::uint64_t octets() const { return octets_; }

private:
    MrtFile(std::string name, std::string partial, int descriptor);
    void discard();

    std::string name_;
    std::string partial_;
    int descriptor_ = -1;
    std::vector<std::uint8_t> buffer_;
    std::uint64_t records_ = 0;
    std::uint64_t octets_ = 0;
};

}  // namespace torii::monitoring
