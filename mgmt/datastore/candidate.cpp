#include "mgmt/datastore/candidate.h"

#include "mgmt/yang/merge.h"

#include <boost/json/serialize.hpp>

#include <utility>

namespace torii::datastore {

namespace json = boost::json;

Candidate::Candidate(const yang::Schema& schema, Document base, std::uint64_t version)
    : schema_(&schema), base_(std::move(base)), base_version_(version) {}

json::object& Candidate::writable() {
    // Somebody may hold the document as it was: a commit on its way, for one.
    if (!own_ || own_.use_count() > 1) own_ = std::make_shared<json::object>(*document());
    return *own_;
}

template <class Edit>
auto Candidate::change(const Edit& edit) {
    const bool changed_before = changed();
    auto done = edit(writable());
    if (!done && !changed_before) own_.reset();
    return done;
}

Result<void, yang::Problem> Candidate::set(yang::Words words) {
    return change(
        [&](json::object& document) { return yang::set_words(*schema_, document, words); });
}

Result<void, yang::Problem> Candidate::remove(yang::Words words) {
    return change(
        [&](json::object& document) { return yang::delete_words(*schema_, document, words); });
}

Result<std::size_t, yang::Problem> Candidate::rearrange(yang::Rearrangement kind,
                                                        yang::Words words) {
    return change(
        [&](json::object& document) { return yang::rearrange(*schema_, document, kind, words); });
}

std::vector<yang::Choice> Candidate::choices(yang::Rearrangement kind, yang::Words before) const {
    return yang::rearrange_choices(*schema_, *document(), kind, before);
}

std::vector<yang::Choice> Candidate::choices(yang::Words before) const {
    return yang::choices(*schema_, *document(), before);
}

void Candidate::replace(json::object document) {
    own_ = std::make_shared<json::object>(std::move(document));
}

void Candidate::reset(Document base, std::uint64_t version) {
    base_ = std::move(base);
    base_version_ = version;
    own_.reset();
}

yang::Configuration Candidate::draft() const {
    // Every edit was checked, so a draft can always be read.
    return *yang::Configuration::draft(*schema_, json::serialize(*document()));
}

std::vector<Difference> Candidate::differences() const {
    if (!own_) return {};
    const auto before = yang::Configuration::draft(*schema_, json::serialize(*base_));
    return compare(*before, draft());
}

Result<Document, yang::Problems> Candidate::merged_into(const Document& other) const {
    if (other == base_) return document();
    auto merged = yang::merge(*schema_, *base_, *document(), *other);
    if (!merged) return unexpected(merged.error());
    return std::make_shared<const json::object>(std::move(*merged));
}

void Candidate::committed(const Document& committed, Document base, std::uint64_t version) {
    if (!own_ || document() == committed) return reset(std::move(base), version);
    auto rest = yang::merge(*schema_, *committed, *own_, *base);
    // Where the rest does not fit it stays on its old base, and its own commit says so.
    if (!rest) return;
    base_ = std::move(base);
    base_version_ = version;
    own_ = std::make_shared<json::object>(std::move(*rest));
}

void Candidate::running_changed(Document base, std::uint64_t version) {
    if (!own_) reset(std::move(base), version);
}

}  // namespace torii::datastore
