#pragma once

#include "agent/kube/decode.h"
#include "agent/kube/object.h"
#include "agent/model/snapshot.h"

#include <string>
#include <string_view>
#include <vector>

namespace torii::test {

// What manifests come to, and what is wrong with them.
struct Decoded {
    model::Snapshot snapshot;
    std::vector<std::string> problems;
};

inline Decoded decoded(std::string_view text, const std::string& file = "test.yaml") {
    Decoded result;
    const auto objects = kube::read_objects(text, file);
    if (!objects) {
        for (const Error& problem : objects.error()) result.problems.push_back(problem.message);
        return result;
    }
    for (const kube::Object& object : *objects) {
        for (const Error& problem : kube::decode(object, result.snapshot)) {
            result.problems.push_back(problem.message);
        }
    }
    return result;
}

}  // namespace torii::test
