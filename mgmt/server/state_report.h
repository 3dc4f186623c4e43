#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/alarms.h"
#include "mgmt/server/config_push.h"
#include "mgmt/server/gatherer.h"
#include "mgmt/server/table_reader.h"
#include "mgmt/show/state_data.h"
#include "mgmt/yang/table_wish.h"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace torii::mgmt {

// The state of the router as a document of the model, from what both daemons say now.
class StateReport {
public:
    StateReport(const datastore::Datastore& store, ControlplaneLink& controlplane,
                const Daemon& dataplane, Gatherer& gatherer, ConfigPush& push, const Alarms& alarms)
        : store_(store),
          controlplane_(controlplane),
          dataplane_(dataplane),
          gatherer_(gatherer),
          push_(push),
          alarms_(alarms),
          started_(store.moment().unix_seconds()) {}

    // Documents that are one when they are put together.
    using Told = std::function<void(Result<std::vector<boost::json::object>, yang::TableFault>)>;

    // All but the lists that are read on demand, and of those the ones wished for. What a daemon
    // does not answer is left out, unless it was wished for.
    void gather(yang::TableWishes tables, Told done);

    // The processes and services alone.
    void services(std::function<void(const show::RouterState&)> done);

    // What is asked for the tables, where somebody reads them page by page.
    void questions(yang::TableWishes tables, std::function<void(TableReader::Questions)> done);
    void read_page(TableReader::Questions questions, std::size_t limit, TableReader::PageRead done);

private:
    [[nodiscard]] TableReader::Questions questions_for(yang::TableWishes tables,
                                                       const DaemonAnswers& answers) const;
    void read_tables(yang::TableWishes tables, const DaemonAnswers& answers, const Told& done);
    [[nodiscard]] show::RouterState state_of(const DaemonAnswers& answers);

    const datastore::Datastore& store_;
    ControlplaneLink& controlplane_;
    const Daemon& dataplane_;
    Gatherer& gatherer_;
    ConfigPush& push_;
    const Alarms& alarms_;
    std::int64_t started_;  // unix seconds
};

}  // namespace torii::mgmt
