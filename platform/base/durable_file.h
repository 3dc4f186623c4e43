#pragma once

#include "platform/base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace torii {

// A file that is written beside its place and then put there in one step: whoever reads sees the
// old text or the new, also after a power failure.
class DurableFile {
public:
    struct Options {
        mode_t mode = 0600;  // there are secrets in it
        bool synced = true;  // survives a power failure
    };

    // Writes the new text, `path` with ".partial" behind it. Nothing is in its place yet.
    static Result<DurableFile> write(const std::string& path, std::string_view text,
                                     Options options);
    static Result<DurableFile> write(const std::string& path, std::string_view text) {
        return write(path, text, {});
    }
    DurableFile(DurableFile&& other) noexcept;
    DurableFile& operator=(DurableFile&&) = delete;
    DurableFile(const DurableFile&) = delete;
    DurableFile& operator=(const DurableFile&) = delete;
    // Without publish() the new text goes away.
    ~DurableFile();

    // Puts it in its place. `synced`: that it is there survives a power failure, too.
    Result<void> publish(bool synced = true);

private:
    DurableFile(std::string path, std::string partial);

    std::string path_;
    std::string partial_;  // empty when there is nothing to remove
};

// The file has this text from now on, with the rights that it had. Whoever reads sees what was
// there before or all of it; a power failure may take it.
Result<void> replace_file(const std::string& path, std::string_view text);

inline constexpr std::size_t kFileSizeMax = std::size_t{64}
                                            << 20U;  // larger than what people write

// Nothing when there is no such file. One that is larger than `size_max` octets is an error.
[[nodiscard]] Result<std::optional<std::string>> read_text(const std::string& path,
                                                           std::size_t size_max = kFileSizeMax);

// What was published or removed in a folder survives a power failure from now on.
Result<void> sync_folder(const std::string& folder);

// Takes a file away for good, also after a power failure. None there is none the worse.
Result<void> remove_file(const std::string& path);

}  // namespace torii
