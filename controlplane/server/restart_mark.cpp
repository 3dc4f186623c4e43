#include "controlplane/server/restart_mark.h"

#include "platform/base/log.h"

#include <fstream>
#include <system_error>
#include <utility>

namespace torii::controlplane {
namespace {

constexpr Log kLog("restart");

}  // namespace

RestartMark::RestartMark(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    there_ = std::filesystem::exists(path_, error);
}

void RestartMark::set(bool there) {
    if (std::exchange(there_, there) == there) return;
    std::error_code error;
    if (!there) {
        std::filesystem::remove(path_, error);
    } else if (!std::ofstream(path_)) {
        error = std::make_error_code(std::errc::io_error);
    }
    if (error) kLog.warning("cannot {} {}", there ? "write" : "remove", path_.string());
}

}  // namespace torii::controlplane
