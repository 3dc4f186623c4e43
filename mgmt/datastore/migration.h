#pragma once

#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace torii::datastore {

// From one release of the model to the next: step n, counted from 1, makes a document of release n
// into one of release n + 1. Pure, and works on JSON, because the old model is gone.
using Migration = boost::json::object (*)(boost::json::object);

// The steps of this release. A released step is never changed again.
[[nodiscard]] std::span<const Migration> migrations();

// The release that documents are written in.
[[nodiscard]] std::uint64_t current_release(std::span<const Migration> steps = migrations());

// A document as it is stored: with the release of the model it was written for. Text without one is
// of release 1.
[[nodiscard]] std::string stored_text(const std::string& document,
                                      std::span<const Migration> steps = migrations());

// The document of a stored text, brought to this release. Text that is no JSON object comes back as
// it is: what is wrong with it is for the model's parser to say. An error when it was written by a
// later release, which cannot be understood.
[[nodiscard]] Result<std::string> document_of(std::string_view text,
                                              std::span<const Migration> steps = migrations());

}  // namespace torii::datastore
