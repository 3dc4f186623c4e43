// What comes to mgmtd's socket: the first octet says in which pieces. The frames must not depend on
// that, and what is a request is one again when it is written.
#include "platform/ipc/frame_stream.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>
#include <string_view>
#include <vector>

using namespace torii::ipc;

namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

// Frames, and at last whether the connection was ended.
std::vector<std::string> read_all(std::string_view octets, std::size_t piece) {
    asio::io_context loop;
    Socket writer(loop);
    Socket reader(loop);
    asio::local::connect_pair(writer, reader);
    std::vector<std::string> out;
    const auto stream = std::make_shared<FrameStream>(std::move(reader));
    stream->start([&](std::string frame) { out.push_back(std::move(frame)); },
                  [&] { out.emplace_back("ended"); });
    boost::system::error_code error;
    while (!octets.empty() && !error) {
        asio::write(writer, asio::buffer(octets.substr(0, piece)), error);
        octets.remove_prefix(std::min(piece, octets.size()));
        loop.poll();
    }
    writer.close(error);
    loop.restart();
    loop.run();
    return out;
}

// As framing.h says it.
std::vector<std::string> expected(std::string_view octets) {
    std::vector<std::string> out;
    while (octets.size() >= kFrameHeaderSize) {
        std::size_t size = 0;
        for (std::size_t index = 0; index < kFrameHeaderSize; ++index) {
            size = size << 8U | static_cast<unsigned char>(octets[index]);
        }
        if (size > kFrameSizeMax || octets.size() - kFrameHeaderSize < size) break;
        out.emplace_back(octets.substr(kFrameHeaderSize, size));
        octets.remove_prefix(kFrameHeaderSize + size);
    }
    out.emplace_back("ended");
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto frames = read_all(octets, 1U + data[0]);
    if (frames != expected(octets)) std::abort();
    for (const std::string& frame : frames) {
        MgmtRequest request;
        if (!request.ParseFromString(frame)) continue;
        MgmtRequest again;
        if (!again.ParseFromString(request.SerializeAsString())) std::abort();
        if (again.SerializeAsString() != request.SerializeAsString()) std::abort();
    }
    return 0;
}
