#include "agent/nftables/table.h"

#include "agent/nftables/listing.h"
#include "platform/base/log.h"

#include <algorithm>
#include <malloc.h>
#include <nftables/libnftables.h>
#include <utility>

namespace torii::nftables {
namespace {

constexpr Log kLog("nftables");
constexpr std::ptrdiff_t kLinesMany = 100;

// The kernel's word; what follows it are the commands, which may be many.
std::string first_line(const char* text) {
    const std::string all = text == nullptr ? "" : text;
    return all.substr(0, all.find('\n'));
}

// With the additions in, before anything goes.
void merge(loadbalance::Ruleset& installed, const loadbalance::Ruleset& wanted) {
    // Their names say what is in them; the texts are long.
    for (const auto& [name, rules] : wanted.chains) installed.chains[name];
    for (const auto& [name, set] : wanted.affinity_sets) installed.affinity_sets[name];
    for (const auto& [set, elements] : wanted.elements) {
        auto& known = installed.elements[set];
        if (loadbalance::holds_prefixes(set)) known.clear();
        for (const auto& [key, value] : elements) known[key] = value;
    }
}

// From the first what has a key in the second.
template <class Names>
void take_out(Names& names, const Names& rest) {
    for (const auto& entry : rest) names.erase(entry.first);
}

}  // namespace

void Table::Free::operator()(nft_ctx* context) const {
    nft_ctx_free(context);
}

Table::Table() {
    begin();
}

// Also what libnftables remembers of the kernel goes: after a change of ours that is of no use to
// it, and with thousands of chains it is much.
void Table::begin() {
    context_.reset(nft_ctx_new(NFT_CTX_DEFAULT));
    nft_ctx_buffer_output(context_.get());
    nft_ctx_buffer_error(context_.get());
    nft_ctx_output_set_flags(context_.get(), NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_NUMERIC_ALL);
}

Table::~Table() = default;

Result<std::string> Table::run(const std::string& commands) {
    const int code = nft_run_cmd_from_buffer(context_.get(), commands.c_str());
    // Reading the buffers empties them for the next run.
    const char* output = nft_ctx_get_output_buffer(context_.get());
    std::string answer = output == nullptr ? "" : output;
    const std::string error = first_line(nft_ctx_get_error_buffer(context_.get()));
    if (code != 0) {
        return fail("nftables: {}", error);
    }
    return answer;
}

Result<void> Table::change(const std::string& commands) {
    const auto done = run(commands);
    begin();
    if (!done) {
        installed_.reset();  // somebody else may have been at our table: look again
        return unexpected(done.error());
    }
    return {};
}

Result<loadbalance::Ruleset> Table::read() {
    loadbalance::Ruleset rules;
    for (const char* command : {"list chains inet", "list sets inet", "list maps inet"}) {
        const Result<std::string> answer = run(command);
        if (!answer) return unexpected(answer.error());
        if (auto added = add_listing(*answer, rules); !added) return unexpected(added.error());
    }
    kLog.info("found services={} chains={}",
              rules.elements["services4"].size() + rules.elements["services6"].size(),
              rules.chains.size());
    return rules;
}

Result<void> Table::add(const loadbalance::Ruleset& fresh) {
    if (!installed_) {
        auto found = read();
        if (!found) return unexpected(found.error());
        installed_ = std::move(*found);
        if (auto done = change(loadbalance::frame_text()); !done) return done;
    }
    for (const std::string& commands : loadbalance::additions(*installed_, fresh)) {
        if (auto done = change(commands); !done) return done;
        const auto lines = std::ranges::count(commands, '\n');
        kLog.debug("added lines={}", lines);
        // libnftables needs a hundred times the text for a while, in pieces that free() keeps.
        trims_ = trims_ || lines > kLinesMany;
        if (trims_) malloc_trim(0);
    }
    merge(*installed_, fresh);
    return {};
}

loadbalance::Ruleset Table::rest(const loadbalance::Ruleset& wanted) const {
    return installed_ ? loadbalance::rest(*installed_, wanted) : loadbalance::Ruleset{};
}

Result<void> Table::remove(const loadbalance::Ruleset& rest) {
    if (!installed_) return fail("nftables: what is installed is not known");
    // By now the texts are gone, too.
    if (std::exchange(trims_, false)) malloc_trim(0);
    const std::string commands = loadbalance::removals(rest);
    if (commands.empty()) return {};
    if (auto done = change(commands); !done) return done;
    take_out(installed_->chains, rest.chains);
    take_out(installed_->affinity_sets, rest.affinity_sets);
    for (const auto& [set, elements] : rest.elements) {
        take_out(installed_->elements[set], elements);
    }
    return {};
}

Result<void> Table::set_handover(const loadbalance::Handover& wanted) {
    if (handover_ == wanted) return {};
    handover_.reset();
    if (const auto done = run(loadbalance::handover_text(wanted)); !done) {
        return unexpected(done.error());
    }
    handover_ = wanted;
    return {};
}

}  // namespace torii::nftables
