#pragma once

#include <platform/ipc/proto/dataplane.pb.h>
#include <string>

namespace torii::show {

// What is done with single packets, and what was seen of them.

// show access-list: a table for each. Rules as they are configured.
[[nodiscard]] std::string access_lists(const ipc::AccessLists& lists);
// show forwarding workers
[[nodiscard]] std::string workers(const ipc::Workers& workers);
// show trace: each packet with its way, a line per stage.
[[nodiscard]] std::string trace(const ipc::Trace& trace);
// show capture, and what capture and capture stop answer.
[[nodiscard]] std::string capture(const ipc::CaptureStatus& capture);

}  // namespace torii::show
