#pragma once

#include <cstddef>

namespace torii::ipc {

// A frame is a length in four octets, network byte order, and that many octets of protobuf.
inline constexpr std::size_t kFrameHeaderSize = 4;
// A frame takes memory for at most so much more than has come of it, or for twice of that: who only
// promises a large one costs nothing.
inline constexpr std::size_t kFrameStepMin = std::size_t{64} * 1024;
// Larger frames close the connection: nothing of ours is that large.
inline constexpr std::size_t kFrameSizeMax = std::size_t{64} * 1024 * 1024;
// A reader so slow that this much waits for it is disconnected.
inline constexpr std::size_t kQueueBytesMax = std::size_t{256} * 1024 * 1024;

}  // namespace torii::ipc
