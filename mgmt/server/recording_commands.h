#pragma once

#include "mgmt/server/daemon_link.h"
#include "mgmt/server/grammar.h"

namespace torii::mgmt {

// BMP stations and MRT files.
class RecordingCommands {
public:
    explicit RecordingCommands(ControlplaneLink& controlplane) : controlplane_(controlplane) {}

    void add_to(Grammar& grammar);

private:
    void stations(Form form, const Done& done);
    void files(Form form, const Done& done);
    void dump(const std::string& file, Form form, const Done& done);

    ControlplaneLink& controlplane_;
};

}  // namespace torii::mgmt
