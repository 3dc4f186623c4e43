#include "mgmt/server/whole_table.h"

#include <memory>
#include <utility>

namespace torii::mgmt {
namespace {

void put(const ipc::GetBgpTable& question, ipc::ControlplaneRequest& request) {
    *request.mutable_get_bgp_table() = question;
}
void put(const ipc::GetBgpNeighborRoutes& question, ipc::ControlplaneRequest& request) {
    *request.mutable_get_bgp_neighbor_routes() = question;
}
void put(const ipc::GetRoutes& question, ipc::ControlplaneRequest& request) {
    *request.mutable_get_routes() = question;
}

const ipc::BgpTable& portion(const ipc::ControlplaneReply& reply, const ipc::BgpTable& /*whole*/) {
    return reply.bgp_table();
}
const ipc::Routes& portion(const ipc::ControlplaneReply& reply, const ipc::Routes& /*whole*/) {
    return reply.routes();
}

// Lives until the last answer.
template <class Question, class Table>
class Asking : public std::enable_shared_from_this<Asking<Question, Table>> {
public:
    Asking(ControlplaneLink& controlplane, Question question,
           std::function<void(Result<Table>)> done)
        : controlplane_(controlplane), question_(std::move(question)), done_(std::move(done)) {}

    void next() {
        ipc::ControlplaneRequest request;
        put(question_, request);
        controlplane_.ask(std::move(request), [self = this->shared_from_this()](
                                                  const Result<ipc::ControlplaneReply>& reply) {
            if (!reply) return self->done_(unexpected(reply.error()));
            self->take(portion(*reply, self->whole_));
        });
    }

private:
    void take(const Table& table) {
        whole_.MergeFrom(table);
        if (table.walk() == 0) return done_(std::move(whole_));
        question_.set_walk(table.walk());
        next();
    }

    ControlplaneLink& controlplane_;
    Question question_;
    std::function<void(Result<Table>)> done_;
    Table whole_;
};

template <class Question, class Table>
void ask(ControlplaneLink& controlplane, Question question,
         std::function<void(Result<Table>)> done) {
    std::make_shared<Asking<Question, Table>>(controlplane, std::move(question), std::move(done))
        ->next();
}

}  // namespace

void ask_whole(ControlplaneLink& controlplane, ipc::GetBgpTable question,
               std::function<void(Result<ipc::BgpTable>)> done) {
    ask(controlplane, std::move(question), std::move(done));
}

void ask_whole(ControlplaneLink& controlplane, ipc::GetBgpNeighborRoutes question,
               std::function<void(Result<ipc::BgpTable>)> done) {
    ask(controlplane, std::move(question), std::move(done));
}

void ask_whole(ControlplaneLink& controlplane, ipc::GetRoutes question,
               std::function<void(Result<ipc::Routes>)> done) {
    ask(controlplane, std::move(question), std::move(done));
}

}  // namespace torii::mgmt
