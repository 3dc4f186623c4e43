#pragma once

#include "mgmt/datastore/image.h"
#include "mgmt/yang/rearrange.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace torii::datastore {

// A configuration that is being written, and the one it began from. The shared candidate is one,
// each private copy another.
class Candidate {
public:
    // `version`: the commit that `base` is.
    Candidate(const yang::Schema& schema, Document base, std::uint64_t version);

    Result<void, yang::Problem> set(yang::Words words);
    Result<void, yang::Problem> remove(yang::Words words);
    // How many references were taken along.
    Result<std::size_t, yang::Problem> rearrange(yang::Rearrangement kind, yang::Words words);
    [[nodiscard]] std::vector<yang::Choice> choices(yang::Words before) const;
    [[nodiscard]] std::vector<yang::Choice> choices(yang::Rearrangement kind,
                                                    yang::Words before) const;
    // Writes another document in its place. Its names and values were checked already, as
    // yang::Configuration::draft() and everything that was committed are.
    void replace(boost::json::object document);
    // Drops all changes and begins anew from `base`.
    void reset(Document base, std::uint64_t version);

    // Whether anything was written since it began.
    [[nodiscard]] bool changed() const { return own_ != nullptr; }
    // As it is now; later edits are not seen in it.
    [[nodiscard]] Document document() const { return own_ ? Document(own_) : base_; }
    [[nodiscard]] const Document& base() const { return base_; }
    [[nodiscard]] std::uint64_t base_version() const { return base_version_; }
    [[nodiscard]] yang::Configuration draft() const;
    // What it would change of its base.
    [[nodiscard]] std::vector<Difference> differences() const;

    // The changes on top of another configuration than the base. A problem where both changed the
    // same place.
    [[nodiscard]] Result<Document, yang::Problems> merged_into(const Document& other) const;
    // `committed`, a state this candidate was in, became the running configuration `base`. What was
    // written meanwhile stays.
    void committed(const Document& committed, Document base, std::uint64_t version);
    // The running configuration became another one. A candidate without changes follows.
    void running_changed(Document base, std::uint64_t version);

private:
    boost::json::object& writable();
    // One edit; a candidate that had no changes has none after one that is refused.
    template <class Edit>
    auto change(const Edit& edit);

    const yang::Schema* schema_;
    Document base_;
    std::uint64_t base_version_;
    std::shared_ptr<boost::json::object> own_;  // null: the base as it is
};

}  // namespace torii::datastore
