#pragma once

#include "platform/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace torii::datastore {

// A file that is written beside its place and then put there in one step: whoever reads sees the
// old text or the new, also after a power failure.
class DurableFile {
public:
    // Writes and syncs the new text. Nothing is in its place yet.
    static Result<DurableFile> write(const std::string& path, std::string_view text);
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

// Nothing when there is no such file. One that is larger than any configuration is an error.
[[nodiscard]] Result<std::optional<std::string>> read_text(const std::string& path);

// What was published or removed in a folder survives a power failure from now on.
Result<void> sync_folder(const std::string& folder);

// Takes a file away for good, also after a power failure. None there is none the worse.
Result<void> remove_file(const std::string& path);

}  // namespace torii::datastore
