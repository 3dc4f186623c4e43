// The first octet chooses the session, the others are the body of an UPDATE.
#include "controlplane/bgp/message.h"
#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/bgp/update_builder.h"

#include <cstdlib>

using namespace torii;
using namespace torii::bgp;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

// Equal attributes have equal octets, whether they were taken over or read as values.
void have_one_form(const Update& update) {
    PathAttributes values = attributes_of(update, update.announced.front());
    values.canonicalize();
    ByteWriter out;
    pack(values, out);
    require(out.take() == update.attributes);
}

// What was accepted is passed on, and read by the next one, unchanged.
void pass_on(const Update& update, const Reach& reach, UpdateContext context) {
    context.extended_message = true;
    context.add_path_send = context.add_path_receive;
    const PathAttributes attributes = attributes_of(update, reach);
    UpdateBuilder builder(context);
    for (std::size_t index = 0; index < reach.prefixes.size(); ++index) {
        builder.announce(reach.prefixes[index], attributes, path_id(reach, index));
    }
    for (const auto& octets : builder.take()) {
        const Update again = decode_update(Bytes(octets).subspan(kHeaderSize), context);
        require(again.verdict == Verdict::accept);
        for (const Reach& route : again.announced) {
            require(attributes_of(again, route) == attributes);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    UpdateContext context;
    context.internal = (data[0] & 1U) != 0;
    context.four_octet_as = (data[0] & 2U) == 0;
    context.extended_next_hop = (data[0] & 4U) != 0;
    if ((data[0] & 8U) != 0) context.families = {Family::ipv6_unicast};
    const Update update = decode_update(Bytes(data + 1, size - 1), context);
    static Update place;  // of the input before
    decode_update(Bytes(data + 1, size - 1), context, place);
    require(place == update);
    require((update.verdict == Verdict::session_reset) == update.notification.has_value());
    require(update.verdict < Verdict::treat_as_withdraw || update.announced.empty());
    require(update.attributes.empty() == update.announced.empty());
    if (!update.announced.empty()) have_one_form(update);
    for (const Reach& reach : update.announced) {
        require(context.families.contains(reach.family));
        pass_on(update, reach, context);
    }
    return 0;
}
