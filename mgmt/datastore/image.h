#pragma once

#include "mgmt/yang/configuration.h"
#include "mgmt/yang/typed_config.h"

#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <vector>

namespace torii::datastore {

using Document = std::shared_ptr<const boost::json::object>;

// A line of a comparison: a set command that is only in the one or only in the other.
struct Difference {
    bool added = false;
    std::string line;  // "set bgp as 65000"

    friend bool operator==(const Difference&, const Difference&) = default;
};

// A configuration as set commands: as they are, to compare, and without secrets, to show.
class Lines {
public:
    explicit Lines(const yang::Configuration& configuration);

    [[nodiscard]] const std::vector<std::string>& shown() const { return shown_; }
    [[nodiscard]] std::vector<Difference> differences_to(const Lines& to) const;

private:
    std::vector<std::string> lines_;
    std::vector<std::string> shown_;  // line by line the same places
};

// A valid configuration with all that is made of it. Never changes, so that another thread may make
// it and many may look at it.
struct Image {
    yang::Configuration configuration;
    std::string json;
    Document document;
    Lines lines;
    yang::TypedConfig typed;

    explicit Image(yang::Configuration valid);
};

using ImagePtr = std::shared_ptr<const Image>;

// Validates `document` and makes the image of it: the long part of a commit. Touches nothing but
// its arguments.
[[nodiscard]] Result<ImagePtr, yang::Problems> make_image(const yang::Schema& schema,
                                                          const boost::json::object& document);

[[nodiscard]] std::vector<Difference> compare(const yang::Configuration& from,
                                              const yang::Configuration& to);

}  // namespace torii::datastore
