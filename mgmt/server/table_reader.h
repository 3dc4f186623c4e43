#pragma once

#include "mgmt/server/daemon_link.h"
#include "mgmt/yang/table_wish.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace torii::mgmt {

// Tables of the control plane as documents of the model, portion by portion, so that neither
// process is held up for longer than a portion takes.
class TableReader : public std::enable_shared_from_this<TableReader> {
public:
    // An answer that is one message has no more entries than these.
    static constexpr std::size_t kEntriesMost = 10'000;

    using Documents = std::vector<boost::json::object>;
    using Read = std::function<void(Result<Documents, yang::TableFault>)>;
    using Question = std::variant<ipc::GetRoutes, ipc::GetBgpTable, ipc::GetBgpNeighborRoutes>;

    // What has to be asked for the tables, where these are BGP's neighbors.
    [[nodiscard]] static std::vector<Question> questions(const yang::TableWishes& wishes,
                                                         const ipc::BgpNeighbors& neighbors);

    // Asks one after the other. `now`: unix seconds.
    static void read(ControlplaneLink& controlplane, std::vector<Question> questions,
                     std::int64_t now, Read done);

private:
    TableReader(ControlplaneLink& controlplane, std::vector<Question> questions, std::int64_t now,
                Read done)
        : controlplane_(controlplane),
          questions_(std::move(questions)),
          now_(now),
          done_(std::move(done)) {}

    void next();
    void take(const ipc::ControlplaneReply& reply);

    ControlplaneLink& controlplane_;
    std::vector<Question> questions_;
    std::size_t at_ = 0;
    std::int64_t now_;
    std::size_t entries_ = 0;
    Documents documents_;
    Read done_;
};

}  // namespace torii::mgmt
