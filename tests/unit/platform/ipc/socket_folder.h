#pragma once

#include <filesystem>
#include <stdlib.h>
#include <string>

namespace torii::ipc {

// A folder for sockets that goes away with the object.
class SocketFolder {
public:
    SocketFolder() {
        std::string pattern = std::filesystem::temp_directory_path() / "torii-ipc-XXXXXX";
        if (const char* made = ::mkdtemp(pattern.data())) path_ = made;
    }
    SocketFolder(const SocketFolder&) = delete;
    SocketFolder& operator=(const SocketFolder&) = delete;
    ~SocketFolder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string socket() const { return path_ + "/test.sock"; }

private:
    std::string path_;
};

}  // namespace torii::ipc
