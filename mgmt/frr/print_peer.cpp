// "neighbor ..." of a neighbor or a peer group.
#include "mgmt/frr/printer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace torii::frr {
namespace {

constexpr std::array kFamilies{"ipv4-unicast", "ipv6-unicast"};

// $n is the peer.
constexpr std::array kSession{
    Saying{"remote-as external", "neighbor $n remote-as external"},
    Saying{"remote-as internal", "neighbor $n remote-as internal"},
    Saying{"description <text>", "neighbor $n description $1"},
    Saying{"enabled true", "no neighbor $n shutdown"},
    Saying{"enabled false", "neighbor $n shutdown"},
    Saying{"password <key>", "neighbor $n password $1"},
    Saying{"ebgp-multihop <hops>", "neighbor $n ebgp-multihop $1"},
    Saying{"ttl-security <hops>", "neighbor $n ttl-security hops $1"},
    Saying{"passive true", "neighbor $n passive"},
    Saying{"passive false", "no neighbor $n passive"},
    Saying{"remote-port <port>", "neighbor $n port $1"},
    Saying{"update-source <address>", "neighbor $n update-source $1"},
    Saying{"timers connect-retry <s>", "neighbor $n timers connect $1"},
    Saying{"bfd enabled true", "neighbor $n bfd"},
    Saying{"bfd profile <name>", "neighbor $n bfd profile $1"},
    Saying{"capability extended-next-hop true", "neighbor $n capability extended-nexthop"},
    Saying{"capability extended-next-hop false", "no neighbor $n capability extended-nexthop"},
    Saying{"graceful-shutdown true", "neighbor $n graceful-shutdown"},
    Saying{"advertisement-interval <s>", "neighbor $n advertisement-interval $1"},
    Saying{"enforce-first-as true", "neighbor $n enforce-first-as"},
    Saying{"enforce-first-as false", "no neighbor $n enforce-first-as"},
};

// Of the session here, of each family there.
constexpr std::array kAnyFamily{
    Saying{"next-hop-self true", "neighbor $n next-hop-self"},
    Saying{"as-override true", "neighbor $n as-override"},
    Saying{"allow-own-as <times>", "neighbor $n allowas-in $1"},
    Saying{"next-hop-unchanged true", "neighbor $n attribute-unchanged next-hop"},
    Saying{"remove-private-as if-all", "neighbor $n remove-private-AS"},
    Saying{"remove-private-as all", "neighbor $n remove-private-AS all"},
    Saying{"remove-private-as replace-if-all", "neighbor $n remove-private-AS replace-AS"},
    Saying{"remove-private-as replace", "neighbor $n remove-private-AS all replace-AS"},
    Saying{"send-community none", "no neighbor $n send-community all"},
    Saying{"send-community large", "no neighbor $n send-community both"},
    Saying{"send-community extended",
           "no neighbor $n send-community standard;no neighbor $n send-community large"},
    Saying{"send-community standard",
           "no neighbor $n send-community extended;no neighbor $n send-community large"},
    Saying{"send-community both", "no neighbor $n send-community large"},
};

constexpr std::array kOneFamily{
    Saying{"add-path send all", "neighbor $n addpath-tx-all-paths"},
    Saying{"add-path send best <n>", "neighbor $n addpath-tx-best-selected $1"},
    Saying{"add-path receive false", "neighbor $n disable-addpath-rx"},
};

constexpr std::array kPolicies{
    Saying{"import-policy <p>", "neighbor $n route-map $1 in"},
    Saying{"export-policy <p>", "neighbor $n route-map $1 out"},
    Saying{"unsuppress-policy <p>", "neighbor $n unsuppress-map $1"},
};

std::string about(std::string_view frr, const std::string& name) {
    std::string out(frr);
    for (auto at = out.find("$n"); at != out.npos; at = out.find("$n")) out.replace(at, 2, name);
    return out;
}

std::uint32_t number_of(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

class PeerPrinter {
public:
    PeerPrinter(ToSay& commands, const Words& path, const Printed& printed)
        : commands_(commands), path_(path), name_(path.back()), printed_(printed) {
        for (std::size_t index = 0; index < kFamilies.size(); ++index) {
            has_[index] = printed.families.contains(kFamilies.at(index));
        }
    }

    PeerLines run() {
        number();
        together();
        for (const Saying& saying : kSession) {
            say(commands_, path_, {saying.ours, about(saying.frr, name_)}, " ", out_.session);
        }
        if (has_[0] || has_[1]) {
            for (const Saying& saying : kAnyFamily) of_any_family(saying);
            limit();
        }
        for (std::size_t index = 0; index < kFamilies.size(); ++index) {
            if (has_.at(index)) of_family(index);
        }
        (void)commands_.take(path_, "");
        return std::move(out_);
    }

private:
    void session(const std::string& text) {
        out_.session.push_back(fmt::format(" neighbor {} {}", name_, text));
    }

    void number() {
        const auto as = commands_.find(path_, "remote-as <as>");
        if (!as || !is_number(as->at(0))) return;
        (void)commands_.take(path_, "remote-as <as>");
        session("remote-as " + as->at(0));
    }

    // What is several leaves here and one line there.
    void together() {
        if (const auto as = commands_.take(path_, "local-as as <as>")) {
            const bool prepend = !commands_.take(path_, "local-as no-prepend true");
            const bool replace = !prepend && commands_.take(path_, "local-as replace-as true");
            session(fmt::format("local-as {}{}{}", as->at(0), prepend ? "" : " no-prepend",
                                replace ? " replace-as" : ""));
        }
        if (const auto role = commands_.take(path_, "local-role <role>")) {
            const bool strict = commands_.take(path_, "local-role-strict true").has_value();
            session(fmt::format("local-role {}{}", role->at(0), strict ? " strict-mode" : ""));
        }
        const auto hold = commands_.find(path_, "timers hold-time <s>");
        const auto keepalive = commands_.find(path_, "timers keepalive <s>");
        if (hold && keepalive && number_of(hold->at(0)) != 0 &&
            number_of(keepalive->at(0)) <= number_of(hold->at(0)) / 3) {
            (void)commands_.take(path_, "timers hold-time <s>");
            (void)commands_.take(path_, "timers keepalive <s>");
            session(fmt::format("timers {} {}", keepalive->at(0), hold->at(0)));
        }
        const auto message = commands_.find(path_, "shutdown-message <text>");
        if (message && is_plain(message->at(0)) && commands_.take(path_, "enabled false")) {
            (void)commands_.take(path_, "shutdown-message <text>");
            session("shutdown message " + message->at(0));
        }
    }

    void of_any_family(const Saying& saying) {
        const auto found = commands_.take(path_, saying.ours);
        if (!found) return;
        std::string_view rest = saying.frr;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(';'), rest.size());
            const std::string line = "  " + join(fill(about(rest.substr(0, end), name_), *found));
            for (std::size_t index = 0; index < kFamilies.size(); ++index) {
                if (has_.at(index)) out_.families.at(index).push_back(line);
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

    // A limit of one family there: of the first that there is.
    void limit() {
        const auto most = commands_.take(path_, "maximum-prefixes <n>");
        if (!most) return;
        std::string line = fmt::format("  neighbor {} maximum-prefix {}", name_, most->at(0));
        if (const auto part = commands_.take(path_, "maximum-prefixes-threshold <p>")) {
            line += " " + part->at(0);
        }
        if (commands_.take(path_, "maximum-prefixes-warning-only true")) line += " warning-only";
        if (const auto minutes = commands_.take(path_, "maximum-prefixes-restart <m>")) {
            line += " restart " + minutes->at(0);
        }
        if (commands_.take(path_, "maximum-prefixes-force true")) line += " force";
        out_.families[has_[0] ? 0 : 1].push_back(line);
    }

    void of_family(std::size_t index) {
        const Words path = with(with(path_, "family"), kFamilies.at(index));
        Lines& out = out_.families.at(index);
        // IPv6 is of those only that say so.
        const bool member = printed_.members.contains(name_);
        const bool off = commands_.has(path, "enabled false");
        const bool on = commands_.has(path, "enabled true");
        if (on || (index == 1 && !off && !member)) {
            out.push_back(fmt::format("  neighbor {} activate", name_));
        } else if (off) {
            out.push_back(fmt::format("  no neighbor {} activate", name_));
        }
        // Where it says what would be so anyway, that it says so is not to be seen in FRR's line.
        if (!member) (void)commands_.take(path, "enabled false");
        for (const Saying& saying : kOneFamily) {
            say(commands_, path, {saying.ours, about(saying.frr, name_)}, "  ", out);
        }
        originate(path, out);
        for (const Saying& saying : kPolicies) {
            const auto chain = commands_.all(path, saying.ours);
            if (chain.size() != 1 || !printed_.policies.contains(chain[0][0])) continue;
            say(commands_, path, {saying.ours, about(saying.frr, name_)}, "  ", out);
        }
        (void)commands_.take(path, "");
    }

    // With a policy or without is one line there.
    void originate(const Words& path, Lines& out) {
        const Words below = with(path, "default-originate");
        const auto chain = commands_.all(below, "policy <p>");
        const bool off = commands_.has(below, "enabled false");
        const bool one = chain.size() == 1 && printed_.policies.contains(chain[0][0]);
        if (off && chain.empty()) {
            (void)commands_.take(below, "enabled false");
            out.push_back(fmt::format("  no neighbor {} default-originate", name_));
        } else if (!off && one) {
            (void)commands_.take_all(below, "<rest>...");
            out.push_back(
                fmt::format("  neighbor {} default-originate route-map {}", name_, chain[0][0]));
        } else if (chain.empty() && commands_.take(below, "enabled true")) {
            out.push_back(fmt::format("  neighbor {} default-originate", name_));
        }
    }

    ToSay& commands_;
    Words path_;
    std::string name_;
    const Printed& printed_;
    std::array<bool, 2> has_{};
    PeerLines out_;
};

}  // namespace

PeerLines print_peer(ToSay& commands, const Words& path, const Printed& printed) {
    return PeerPrinter(commands, path, printed).run();
}

}  // namespace torii::frr
