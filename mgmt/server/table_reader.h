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
    using Questions = std::vector<Question>;
    // The first entries, and what has to be asked for those that follow.
    struct Page {
        Documents documents;
        std::size_t entries = 0;
        Questions rest;
    };
    using PageRead = std::function<void(Result<Page, yang::TableFault>)>;

    // What has to be asked for the tables, where these are BGP's neighbors.
    [[nodiscard]] static Questions questions(const yang::TableWishes& wishes,
                                             const ipc::BgpNeighbors& neighbors);

    // Asks one after the other, to the end. `now`: unix seconds.
    static void read(ControlplaneLink& controlplane, Questions questions, std::int64_t now,
                     Read done);
    // Until there are `limit` entries. Those of a prefix stay together.
    static void read_page(ControlplaneLink& controlplane, Questions questions, std::size_t limit,
                          std::int64_t now, PageRead done);

private:
    TableReader(ControlplaneLink& controlplane, Questions questions, std::size_t limit,
                std::int64_t now, PageRead done)
        : controlplane_(controlplane),
          questions_(std::move(questions)),
          limit_(limit),
          now_(now),
          done_(std::move(done)) {}

    void next();
    void take(const ipc::ControlplaneReply& reply);
    void end();

    ControlplaneLink& controlplane_;
    Questions questions_;
    std::size_t at_ = 0;
    std::size_t limit_;
    std::int64_t now_;
    Page page_;
    PageRead done_;
};

}  // namespace torii::mgmt
