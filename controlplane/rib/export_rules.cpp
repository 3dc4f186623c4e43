#include "controlplane/rib/export_rules.h"

#include "controlplane/bgp/attribute_codec.h"
#include "controlplane/bgp/community.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace torii::rib {
namespace {

using bgp::AttributeType;

constexpr std::uint32_t kDefaultLocalPref = 100;

// RFC 9234 section 5: what came from a provider, an equal or a route server goes to customers only.
bool would_leak(const bgp::PackedAttributes& attributes, const ExportRules& rules) {
    if (!rules.role || !bgp::learns_from_above(*rules.role)) return false;
    return !bgp::find_attribute(attributes.octets, AttributeType::only_to_customer).empty();
}

bool may_go(const bgp::PackedAttributes& attributes, const ExportSource& source,
            const ExportRules& rules) {
    if (rules.originate_only && !source.local) return false;
    const Bytes communities = bgp::find_attribute(attributes.octets, AttributeType::communities);
    if (bgp::has_number(communities, bgp::kNoAdvertise)) return false;
    if (!rules.long_lived && bgp::has_number(communities, bgp::kLlgrStale)) return false;
    if (rules.external) {
        if (rules.policy_missing || would_leak(attributes, rules)) return false;
        // We are no confederation, so both keep a route inside our AS (RFC 1997).
        return !bgp::has_number(communities, bgp::kNoExport) &&
               !bgp::has_number(communities, bgp::kNoExportSubconfed);
    }
    return source.local || source.external;
}

// RFC 4271 section 5.1.3: internal peers get the next hop as it is; external ones too where they
// share its subnet (third party), else ours.
bool keeps_next_hop(const IpAddress& next_hop, const ExportRules& rules) {
    // A route of ours has one only where a policy of its origination says so.
    if (next_hop.is_unspecified() || rules.next_hop_self) return false;
    if (!rules.external || rules.next_hop_unchanged) return true;
    return rules.subnet && rules.subnet->contains(next_hop);
}

// What is done to a packed list without making values of it.
class Edit {
public:
    // What is of no concern beyond our AS goes, before the policy, so that it may say otherwise
    // (RFC 4271 section 5.1.4: a MED learned from one AS does not go to another).
    void leave_our_as(const ExportSource& source, const ExportRules& rules) {
        drop_learned_ = rules.external && !source.local;
    }
    // The last that is done.
    void complete(const ExportRules& rules) {
        send_ = rules.send_communities;
        drop_internal_ = rules.external;
        local_pref_due_ = !rules.external;
        if (!rules.external) return;
        if (rules.role && bgp::announces_downwards(*rules.role)) {
            only_to_customer_due_ = rules.local_as;
        }
        prepended_[prepended_count_++] = rules.local_as;
        if (rules.instance_as) prepended_[prepended_count_++] = *rules.instance_as;
    }
    void write(Bytes list, ByteWriter& out) {
        bgp::for_each_attribute(list,
                                [&](const bgp::ListedAttribute& listed) { write(listed, out); });
        write_local_pref(out);
        write_only_to_customer(out);
    }

private:
    void write(const bgp::ListedAttribute& listed, ByteWriter& out);
    void write_local_pref(ByteWriter& out) {
        if (!std::exchange(local_pref_due_, false)) return;
        bgp::encode_attribute_head(bgp::kTransitive, AttributeType::local_pref, 4, out);
        out.u32(kDefaultLocalPref);
    }
    // RFC 9234 section 5, where it is not there yet.
    void write_only_to_customer(ByteWriter& out) {
        const auto as = std::exchange(only_to_customer_due_, std::nullopt);
        if (!as) return;
        bgp::encode_attribute_head(bgp::kOptional | bgp::kTransitive,
                                   AttributeType::only_to_customer, 4, out);
        out.u32(as->value());
    }
    static void write_transitive(Bytes communities, ByteWriter& out);

    bool drop_learned_ = false;
    bool drop_internal_ = false;
    bool local_pref_due_ = false;
    std::optional<bgp::Asn> only_to_customer_due_;
    bgp::SendCommunities send_{true, true, true};
    std::array<bgp::Asn, 2> prepended_;
    std::size_t prepended_count_ = 0;
};

void Edit::write(const bgp::ListedAttribute& listed, ByteWriter& out) {
    if (listed.type == AttributeType::local_pref) local_pref_due_ = false;
    if (listed.type > AttributeType::local_pref) write_local_pref(out);
    if (listed.type == AttributeType::only_to_customer) only_to_customer_due_.reset();
    if (listed.type > AttributeType::only_to_customer) write_only_to_customer(out);
    switch (listed.type) {
        case AttributeType::as_path:
            if (prepended_count_ == 0) break;
            return bgp::encode_prepended(listed.value,
                                         std::span(prepended_).first(prepended_count_), out);
        case AttributeType::med:
            if (drop_learned_) return;
            break;
        case AttributeType::local_pref:
        case AttributeType::originator_id:
        case AttributeType::cluster_list:
            if (drop_internal_) return;
            break;
        case AttributeType::communities:
            if (!send_.standard) return;
            break;
        case AttributeType::extended_communities:
            if (!send_.extended) return;
            if (drop_learned_) return write_transitive(listed.value, out);
            break;
        case AttributeType::large_communities:
            if (!send_.large) return;
            break;
        default: break;
    }
    out.bytes(listed.whole);
}

void Edit::write_transitive(Bytes communities, ByteWriter& out) {
    ByteWriter kept;
    for (ByteReader in(communities); !in.empty();) {
        const std::uint64_t community = in.u64();
        if (!bgp::is_non_transitive(community)) kept.u64(community);
    }
    if (kept.size() == 0) return;
    bgp::encode_attribute_head(bgp::kOptional | bgp::kTransitive,
                               AttributeType::extended_communities, kept.size(), out);
    out.bytes(kept.view());
}

// False: the policy keeps the route here. `next_hop_decided` is set if it said what it is.
bool apply_policy(const Prefix& prefix, const ExportSource& source, const ExportRules& rules,
                  bgp::PathAttributes& out, bool& next_hop_decided) {
    if (rules.policy.empty()) return true;
    policy::RouteFacts facts;
    facts.source = source.local      ? source.own
                   : source.external ? policy::RouteSource::external
                                     : policy::RouteSource::internal;
    facts.neighbor = source.neighbor;
    facts.tag = source.tag;
    facts.self = rules.self;
    facts.peer = rules.self;
    policy::Outcome outcome = rules.policy.apply(prefix, out, facts);
    if (outcome.attributes) out = std::move(*outcome.attributes);
    // A local route has no next hop that could be left as it is.
    next_hop_decided = outcome.next_hop_decided && !out.next_hop.is_unspecified();
    return outcome.accepted;
}

void shut_down_gracefully(const ExportRules& rules, bgp::PathAttributes& out) {
    if (!rules.graceful_shutdown) return;
    if (!rules.external) {
        out.local_pref = 0;
        return;
    }
    out.communities.push_back(bgp::kGracefulShutdown);
    out.canonicalize();
}

// What cannot be done to octets is asked for.
bool needs_values(const ExportRules& rules) {
    const bool edits_path =
        rules.external && (rules.private_as != bgp::PrivateAs::keep || rules.override_as);
    return edits_path || rules.graceful_shutdown || !rules.policy.empty();
}

}  // namespace

std::optional<IpAddress> export_next_hop(const IpAddress& next_hop, const ExportRules& rules) {
    if (rules.policy.sets_next_hop()) return std::nullopt;
    return keeps_next_hop(next_hop, rules) ? next_hop : rules.self;
}

std::optional<bgp::PackedAttributes> export_attributes(const Prefix& prefix,
                                                       const bgp::PackedAttributes& attributes,
                                                       const ExportSource& source,
                                                       const ExportRules& rules, ByteWriter& out) {
    if (!may_go(attributes, source, rules)) return std::nullopt;
    bgp::PackedAttributes result = attributes;
    bool same_next_hop = keeps_next_hop(attributes.next_hop, rules);
    Edit edit;
    edit.leave_our_as(source, rules);
    std::optional<ByteWriter> decided;
    if (needs_values(rules)) {
        edit.write(attributes.octets, decided.emplace());
        bgp::PathAttributes values =
            bgp::unpack({decided->view(), attributes.next_hop, attributes.link_local});
        if (rules.external) {
            values.as_path.remove_private(rules.private_as, rules.local_as, rules.private_as_kept);
        }
        bool next_hop_decided = false;
        if (!apply_policy(prefix, source, rules, values, next_hop_decided)) return std::nullopt;
        same_next_hop = same_next_hop || next_hop_decided;
        shut_down_gracefully(rules, values);
        if (rules.external && rules.override_as) {
            values.as_path.replace(*rules.override_as, rules.local_as);
        }
        decided->clear();
        pack(values, *decided);
        result = {decided->view(), values.next_hop, values.link_local};
        edit = {};
    }
    if (!same_next_hop) {
        if (!rules.self) return std::nullopt;
        result.next_hop = *rules.self;
        result.link_local.reset();
    }
    edit.complete(rules);
    out.clear();
    edit.write(result.octets, out);
    result.octets = out.view();
    return result;
}

}  // namespace torii::rib
