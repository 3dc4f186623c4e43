#include "controlplane/bgp/update.h"

#include "controlplane/bgp/attribute_codec.h"
#include "controlplane/bgp/family_codec.h"
#include "controlplane/bgp/packed_attributes.h"

#include <fmt/format.h>

#include <array>
#include <bitset>
#include <utility>

namespace torii::bgp {

namespace {

constexpr std::uint8_t kBgpsecPath = 33;

std::vector<std::uint8_t> copy(Bytes octets) {
    return {octets.begin(), octets.end()};
}

// Reads one UPDATE: framing first, then what is in it, so that a bad attribute does not hide the
// prefixes behind it (RFC 7606 section 3).
class Decoder {
public:
    Decoder(Bytes body, const UpdateContext& context, Update& update)
        : body_(body), context_(context), update_(update) {
        clear();
    }

    void run() {
        if (read_fields()) {
            read_attributes();
            check_mandatory();
            check_next_hops();
            judge_unreachable();
        }
        finish();
    }

private:
    void clear();
    bool read_fields();
    void read_attributes();
    // False: what follows cannot be found.
    bool read_attribute(ByteReader& in);
    void judge(const RawAttribute& raw);
    void judge_unrecognized(const RawAttribute& raw);
    bool flags_are_right(const AttributeRule& rule, const RawAttribute& raw);
    void check_mandatory();
    void check_next_hops();
    void judge_unreachable();
    void add(Verdict verdict, std::string why, Notification answer = {});
    [[nodiscard]] bool any_announced() const {
        return !announced_.prefixes.empty() || routes_.reach.any_prefix;
    }
    void keep(const RawAttribute& raw, std::uint8_t flags, bool one_form);
    void finish();
    void pack_values();
    void collect_routes();
    void detect_end_of_rib();
    void withdraw_all();

    Bytes body_;
    const UpdateContext& context_;
    Bytes attributes_;
    Nlri withdrawn_;
    Nlri announced_;
    DecodedRoutes routes_;
    std::bitset<256> seen_;
    std::bitset<256> kept_;
    // Those that are kept stand as they would be packed, so far: then their octets are taken as
    // they are, and no values are made of them.
    bool packed_ = context_.four_octet_as;
    std::uint8_t last_kept_ = 0;
    bool broken_list_ = false;
    Notification first_withdraw_;  // the answer if it comes to a reset for lack of prefixes
    Update& update_;
};

// Of the lists of prefixes there is mostly one, of announced ones.
void Decoder::clear() {
    if (!update_.announced.empty()) announced_.prefixes.swap(update_.announced[0].prefixes);
    announced_.prefixes.clear();
    update_.attributes.clear();
    update_.announced.clear();
    update_.withdrawn.clear();
    update_.end_of_rib.reset();
    update_.verdict = Verdict::accept;
    update_.reasons.clear();
    update_.notification.reset();
}

// The strongest verdict counts (RFC 7606 section 3h); the first answer of that strength is sent.
void Decoder::add(Verdict verdict, std::string why, Notification answer) {
    update_.reasons.push_back(std::move(why));
    if (verdict == Verdict::treat_as_withdraw && update_.verdict < verdict) {
        first_withdraw_ = answer;
    }
    if (update_.verdict >= verdict) return;
    update_.verdict = verdict;
    if (verdict == Verdict::session_reset) update_.notification = std::move(answer);
}

// RFC 7606 section 3(b) and (i), (j): without these lengths nothing can be located.
bool Decoder::read_fields() {
    ByteReader in(body_);
    const Bytes withdrawn = in.take(in.u16());
    attributes_ = in.take(in.u16());
    if (in.failed()) {
        add(Verdict::session_reset, "field lengths exceed the message",
            update_error(UpdateError::malformed_attribute_list));
        return false;
    }
    const bool with_ids = context_.add_path_receive.contains(Family::ipv4_unicast);
    if (!decode_nlri(withdrawn, IpFamily::v4, with_ids, withdrawn_) ||
        !decode_nlri(in.rest(), IpFamily::v4, with_ids, announced_)) {
        add(Verdict::session_reset, "malformed prefix", update_error(UpdateError::invalid_network));
        return false;
    }
    return true;
}

void Decoder::read_attributes() {
    ByteReader in(attributes_);
    while (!in.empty()) {
        if (!read_attribute(in)) {
            broken_list_ = true;
            return;
        }
    }
}

bool Decoder::read_attribute(ByteReader& in) {
    const std::size_t begin = in.position();
    RawAttribute raw;
    raw.flags = in.u8();
    raw.type = in.u8();
    const std::size_t size = (raw.flags & kExtendedLength) != 0 ? in.u16() : in.u8();
    if (in.failed()) {
        add(Verdict::treat_as_withdraw, "attribute header cut off (RFC 7606 section 4)",
            update_error(UpdateError::malformed_attribute_list));
        return false;
    }
    raw.value = in.take(size);
    if (in.failed()) {
        // The family's routes cannot be located: RFC 7606 section 5.3.
        const bool multiprotocol = AttributeType{raw.type} == AttributeType::mp_reach ||
                                   AttributeType{raw.type} == AttributeType::mp_unreach;
        add(multiprotocol ? Verdict::session_reset : Verdict::treat_as_withdraw,
            fmt::format("attribute {} exceeds the attribute list", raw.type),
            update_error(UpdateError::attribute_length, copy(attributes_.subspan(begin))));
        return false;
    }
    raw.whole = attributes_.subspan(begin, in.position() - begin);
    judge(raw);
    return true;
}

void Decoder::judge(const RawAttribute& raw) {
    const AttributeRule* const rule = find_rule(raw.type);
    if (seen_.test(raw.type)) {
        // RFC 7606 section 3(g).
        const bool reset = rule != nullptr && rule->on_error == Verdict::session_reset;
        add(reset ? Verdict::session_reset : Verdict::attribute_discard,
            fmt::format("attribute {} repeated", raw.type),
            update_error(UpdateError::malformed_attribute_list));
        return;
    }
    seen_.set(raw.type);
    if (rule == nullptr) return judge_unrecognized(raw);
    if ((rule->accepted == Accepted::from_internal && !context_.internal) ||
        (rule->accepted == Accepted::from_two_octet && context_.four_octet_as)) {
        return add(Verdict::attribute_discard, fmt::format("{} from such a peer", rule->name));
    }
    if (!flags_are_right(*rule, raw)) {
        return add(rule->on_flags_error, fmt::format("{} has flags {:#04x}", rule->name, raw.flags),
                   update_error(UpdateError::attribute_flags, copy(raw.whole)));
    }
    if (const auto fault = rule->check(raw.value, context_, routes_)) {
        // RFC 4271 section 6.3: Malformed AS_PATH carries no data.
        const bool bare = fault->subcode == UpdateError::malformed_as_path;
        add(rule->on_error, fmt::format("{}: {}", rule->name, fault->why),
            update_error(fault->subcode, bare ? copy(Bytes{}) : copy(raw.whole)));
        return;
    }
    if (rule->read != nullptr)
        keep(raw, rule->flags, rule->form == nullptr || rule->form(raw.value));
}

// RFC 4271 section 9: optional transitive ones are passed on, other optional ones dropped.
void Decoder::judge_unrecognized(const RawAttribute& raw) {
    if ((raw.flags & kOptional) == 0) {
        add(Verdict::session_reset, fmt::format("unrecognized well-known attribute {}", raw.type),
            update_error(UpdateError::unrecognized_well_known, copy(raw.whole)));
    } else if ((raw.flags & kTransitive) != 0) {
        keep(raw, kUnknownFlags, true);
    }
}

void Decoder::keep(const RawAttribute& raw, std::uint8_t flags, bool one_form) {
    kept_.set(raw.type);
    packed_ = packed_ && one_form && raw.type > last_kept_;
    last_kept_ = raw.type;
    if (!packed_) return;
    std::vector<std::uint8_t>& out = update_.attributes;
    if (out.empty()) out.reserve(attributes_.size());  // no head becomes longer
    const AttributeHead head(flags, AttributeType{raw.type}, raw.value.size());
    out.insert(out.end(), head.octets().begin(), head.octets().end());
    out.insert(out.end(), raw.value.begin(), raw.value.end());
}

bool Decoder::flags_are_right(const AttributeRule& rule, const RawAttribute& raw) {
    if ((raw.flags & (kOptional | kTransitive)) != rule.flags) return false;
    // RFC 4271 section 5: Partial is for optional transitive attributes only. In the multiprotocol
    // attributes it is overlooked: it harms nobody, and the alternative is to end the session.
    return (raw.flags & kPartial) == 0 || rule.flags == (kOptional | kTransitive) ||
           rule.on_flags_error == Verdict::session_reset;
}

// RFC 7606 section 3(d).
void Decoder::check_mandatory() {
    if (broken_list_ || (announced_.prefixes.empty() && !routes_.reach.present)) return;
    const auto require = [&](AttributeType type) {
        const auto number = static_cast<std::uint8_t>(type);
        if (seen_.test(number)) return;
        add(Verdict::treat_as_withdraw, fmt::format("mandatory attribute {} is missing", number),
            update_error(UpdateError::missing_well_known, {number}));
    };
    require(AttributeType::origin);
    if (!seen_.test(kBgpsecPath)) require(AttributeType::as_path);
    if (!announced_.prefixes.empty()) require(AttributeType::next_hop);
    if (seen_.test(kBgpsecPath) && !seen_.test(static_cast<std::size_t>(AttributeType::as_path))) {
        add(Verdict::treat_as_withdraw, "BGPsec_PATH without having been negotiated (RFC 8205)",
            update_error(UpdateError::missing_well_known, {2}));
    }
}

// RFC 4271 section 6.3: a next hop must be the address of a host. Not checked where it is unused
// (RFC 4760 section 3).
void Decoder::check_next_hops() {
    const auto bad = [](const IpAddress& address) {
        return address.is_unspecified() || address.is_multicast() || address.is_loopback() ||
               address.v4_number() >> 28U == 15;
    };
    if (!announced_.prefixes.empty() && routes_.next_hop && bad(*routes_.next_hop)) {
        add(Verdict::treat_as_withdraw, "NEXT_HOP is not the address of a host",
            update_error(UpdateError::invalid_next_hop));
    }
    if (routes_.reach.family && routes_.reach.any_prefix && !routes_.reach.next_hop_usable) {
        add(Verdict::treat_as_withdraw, "next hop of MP_REACH_NLRI cannot be used",
            update_error(UpdateError::invalid_next_hop));
    }
}

// RFC 7606 section 5.2: nothing to withdraw means the error may have eaten the prefixes.
void Decoder::judge_unreachable() {
    if (update_.verdict != Verdict::treat_as_withdraw || any_announced() || attributes_.empty()) {
        return;
    }
    const bool only_unreach = seen_.count() == 1 && routes_.unreach.present && !broken_list_;
    if (only_unreach) return;
    add(Verdict::session_reset, "attribute error and no reachable prefix (RFC 7606 section 5.2)",
        first_withdraw_);
}

void Decoder::finish() {
    if (update_.verdict != Verdict::session_reset) {
        collect_routes();
        if (update_.verdict == Verdict::treat_as_withdraw) {
            withdraw_all();
        } else {
            detect_end_of_rib();
        }
    }
    if (update_.announced.empty()) {
        update_.attributes.clear();
    } else if (!packed_) {
        pack_values();
    }
}

// The long way: another order, lists that are not sorted, two-octet AS numbers.
void Decoder::pack_values() {
    DecodedAttributes decoded;
    for_each_attribute(attributes_, [&](const ListedAttribute& listed) {
        const auto type = static_cast<std::size_t>(listed.type);
        if (!kept_.test(type)) return;
        kept_.reset(type);  // of a repeated one the first counts
        read_value(listed, context_, decoded);
    });
    if (!context_.four_octet_as) merge_four_octet(decoded);
    decoded.attributes.canonicalize();
    ByteWriter out;
    pack(decoded.attributes, out);
    update_.attributes = out.take();
}

// Routes of families that were not negotiated are ignored.
void Decoder::collect_routes() {
    const FamilySet families = context_.families;
    if (!withdrawn_.prefixes.empty() && families.contains(Family::ipv4_unicast)) {
        update_.withdrawn.push_back(
            {Family::ipv4_unicast, std::move(withdrawn_.prefixes), std::move(withdrawn_.path_ids)});
    }
    MultiprotocolRoutes& unreach = routes_.unreach;
    if (unreach.any_prefix && unreach.family && families.contains(*unreach.family)) {
        update_.withdrawn.push_back(
            {*unreach.family, std::move(unreach.nlri.prefixes), std::move(unreach.nlri.path_ids)});
    }
    if (!announced_.prefixes.empty() && families.contains(Family::ipv4_unicast)) {
        update_.announced.push_back({Family::ipv4_unicast, routes_.next_hop.value_or(IpAddress{}),
                                     std::nullopt, std::move(announced_.prefixes),
                                     std::move(announced_.path_ids)});
    }
    MultiprotocolRoutes& reach = routes_.reach;
    if (reach.any_prefix && reach.family && families.contains(*reach.family)) {
        update_.announced.push_back({*reach.family, reach.next_hop, reach.link_local,
                                     std::move(reach.nlri.prefixes),
                                     std::move(reach.nlri.path_ids)});
    }
}

void Decoder::withdraw_all() {
    for (Reach& reach : update_.announced) {
        update_.withdrawn.push_back(
            {reach.family, std::move(reach.prefixes), std::move(reach.path_ids)});
    }
    update_.announced.clear();
}

// RFC 4724 section 2: an empty UPDATE, or one with nothing but an empty MP_UNREACH_NLRI.
void Decoder::detect_end_of_rib() {
    if (body_.size() == 4) update_.end_of_rib = Family::ipv4_unicast;
    const bool only_attributes = body_.size() == 4 + attributes_.size();
    const bool only_unreach = seen_.count() == 1 && routes_.unreach.present;
    if (only_attributes && only_unreach && !routes_.unreach.any_prefix) {
        update_.end_of_rib = routes_.unreach.family;
    }
    if (update_.end_of_rib && !context_.families.contains(*update_.end_of_rib)) {
        update_.end_of_rib.reset();
    }
}

}  // namespace

PathAttributes attributes_of(const Update& update, const Reach& reach) {
    return unpack(packed_of(update, reach));
}

Update decode_update(Bytes body, const UpdateContext& context) {
    Update update;
    decode_update(body, context, update);
    return update;
}

void decode_update(Bytes body, const UpdateContext& context, Update& update) {
    Decoder(body, context, update).run();
}

}  // namespace torii::bgp
