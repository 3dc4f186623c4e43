#pragma once

#include "agent/loadbalance/handover.h"
#include "agent/loadbalance/ruleset.h"
#include "platform/base/result.h"

#include <memory>
#include <optional>
#include <string>

struct nft_ctx;

namespace torii::nftables {

// Our table in the kernel, in the network namespace of its construction. It stays when the process
// ends, and goes on working; the next one takes over what it finds. Each call is one transaction of
// nftables: all of it or nothing, and no packet sees a part.
class Table {
public:
    Table();
    ~Table();
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    // Brings in what is new and changes what differs; nothing goes yet. `fresh` is what may be new:
    // everything, unless known().
    [[nodiscard]] Result<void> add(const loadbalance::Ruleset& fresh);
    // What there is and is not in `wanted`, which is all there is to be.
    [[nodiscard]] loadbalance::Ruleset rest(const loadbalance::Ruleset& wanted) const;
    // Takes such a rest, or a part of it, away.
    [[nodiscard]] Result<void> remove(const loadbalance::Ruleset& rest);
    // The tables for connections of nodes that drain.
    [[nodiscard]] Result<void> set_handover(const loadbalance::Handover& wanted);
    // What there is. False at first and after errors: the next add() asks the kernel.
    [[nodiscard]] bool known() const { return installed_.has_value(); }

private:
    void begin();
    [[nodiscard]] Result<std::string> run(const std::string& commands);
    [[nodiscard]] Result<void> change(const std::string& commands);
    [[nodiscard]] Result<loadbalance::Ruleset> read();

    struct Free {
        void operator()(nft_ctx* context) const;
    };
    std::unique_ptr<nft_ctx, Free> context_;
    // Absent: not known, to be read. What the kernel has, as far as only we change it.
    std::optional<loadbalance::Ruleset> installed_;
    std::optional<loadbalance::Handover> handover_;  // likewise
    bool trims_ = false;                             // much was in use
};

}  // namespace torii::nftables
