#include "agent/kube/decode_kinds.h"
#include "agent/kube/encode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace torii::kube {
namespace json = boost::json;
using State = model::Absence::State;
namespace {

// Annotations of the Lease.
constexpr std::string_view kState = "torii.io/state";
constexpr std::string_view kLeaving = "leaving";
constexpr std::string_view kBack = "back";
constexpr std::string_view kAddresses = "torii.io/addresses";  // with commas

}  // namespace

model::Absence decode_absence(const Field& root) {
    model::Absence absence;
    const Field annotations = root["metadata"]["annotations"];
    const Field state = annotations[kState];
    if (!state.present()) return absence;  // somebody else's
    const std::string word = state.one_of({kLeaving, kBack}).value_or("");
    absence.state = word == kLeaving ? State::leaving : State::back;
    const Field addresses = annotations[kAddresses];
    std::istringstream texts(addresses.text().value_or(""));
    for (std::string text; std::getline(texts, text, ',');) {
        const auto address = IpAddress::parse(text);
        if (!address) {
            addresses.invalid("must be IPv4 or IPv6 addresses with commas between them");
            break;
        }
        absence.addresses.push_back(*address);
    }
    return absence;
}

json::object encode(const model::Absence& absence) {
    std::vector<std::string> addresses;
    for (const IpAddress& address : absence.addresses) addresses.push_back(address.to_string());
    json::object annotations;
    annotations[kState] = absence.state == State::leaving ? kLeaving : kBack;
    annotations[kAddresses] = fmt::format("{}", fmt::join(addresses, ","));
    return {{"apiVersion", "coordination.k8s.io/v1"},
            {"kind", "Lease"},
            {"metadata",
             {{"name", absence.metadata.name},
              {"namespace", absence.metadata.namespace_name},
              {"annotations", std::move(annotations)}}},
            {"spec", {{"holderIdentity", absence.metadata.name}}}};
}

}  // namespace torii::kube
