#pragma once

#include "platform/ipc/server.h"
#include "platform/platformd/devices.h"
#include "platform/platformd/rights.h"

#include <cstdint>
#include <memory>
#include <platform/ipc/proto/platform.pb.h>
#include <string>

namespace torii::platformd {

// torii-platformd without its main(): the machine behind RUN_DIR/platform.sock, and what it has
// changed of it in RUN_DIR/platform.json, for people and for its next start.
class Service {
public:
    Service(EventLoop& loop, std::string run_dir, const machine::Roots& roots, ServiceRights rights,
            machine::WriteFile write = machine::write_file);

    // Goes on from the file, reserves memory and listens.
    Result<void> start();
    // Gives everything back to the kernel that nobody uses.
    void stop();

    [[nodiscard]] Result<ipc::PlatformReply> answer(const ipc::PlatformRequest& request,
                                                    const Holder& asking);

private:
    using Server = ipc::Server<ipc::PlatformRequest, ipc::PlatformReply>;

    Result<ipc::PlatformReply> set_up_tap(const ipc::SetUpTap& wanted, const Holder& asking);
    Result<ipc::PlatformReply> take(const ipc::TakeDevices& wanted, const Holder& asking);
    void resume();
    void reserve();
    [[nodiscard]] ipc::Platform describe_now() const;
    void save() const;

    EventLoop& loop_;
    std::string run_dir_;
    std::int64_t started_ = 0;
    std::string memory_note_;  // why hugepages could not be reserved
    machine::Hardware hardware_;
    Devices devices_;
    ServiceRights rights_;
    std::vector<std::string> capabilities_;  // that the ports need
    std::unique_ptr<Server> server_;
};

}  // namespace torii::platformd
