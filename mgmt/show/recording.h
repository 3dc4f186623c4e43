#pragma once

#include <platform/ipc/proto/controlplane.pb.h>
#include <string>

namespace torii::show {

// show bmp: the columns of FRR.
[[nodiscard]] std::string bmp_stations(const ipc::BmpStations& stations);
// show bgp mrt
[[nodiscard]] std::string mrt_files(const ipc::MrtState& state);
// What dump bgp routes-mrt answers.
[[nodiscard]] std::string mrt_written(const ipc::MrtWritten& written);

}  // namespace torii::show
