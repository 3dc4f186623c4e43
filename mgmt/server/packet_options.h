#pragma once

#include "mgmt/yang/edit.h"
#include "platform/base/result.h"

#include <cstdint>
#include <optional>
#include <platform/ipc/proto/dataplane.pb.h>
#include <span>
#include <string>
#include <vector>

namespace torii::mgmt {

// Which packets, how many and where to: the words after `trace` and `capture PORT`.
struct PacketOptions {
    ipc::PacketFilter filter;
    std::uint32_t count = 0;
    std::string file;
    std::vector<ipc::CapturePoint> points;
    std::uint32_t snap_length = 0;
};

// An error names the word and says what there is.
[[nodiscard]] Result<PacketOptions> read_trace_options(std::span<const std::string> words);
[[nodiscard]] Result<PacketOptions> read_capture_options(std::span<const std::string> words);

// What may follow `before`, the options typed so far.
[[nodiscard]] std::vector<yang::Choice> trace_choices(std::span<const std::string> before);
[[nodiscard]] std::vector<yang::Choice> capture_choices(std::span<const std::string> before);

}  // namespace torii::mgmt
