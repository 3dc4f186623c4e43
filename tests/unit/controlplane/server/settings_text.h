#pragma once

#include "controlplane/server/settings.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace torii::controlplane {

// What a configuration in protobuf's text form comes to.
inline Result<Settings> read(const std::string& text) {
    ipc::ControlplaneConfig config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
    return read_settings(config);
}

// Why it is refused, or "accepted".
inline std::string refusal(const std::string& text) {
    const auto settings = read(text);
    return settings ? "accepted" : settings.error().message;
}

}  // namespace torii::controlplane
