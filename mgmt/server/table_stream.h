#pragma once

#include "mgmt/server/daemon_link.h"
#include "mgmt/server/grammar.h"
#include "mgmt/server/show_answer.h"

#include <memory>
#include <platform/ipc/proto/controlplane.pb.h>
#include <utility>

namespace torii::mgmt {

// How a question for a table is put and where the portion stands in the reply.
inline void put(const ipc::GetBgpTable& question, ipc::ControlplaneRequest& request) {
    *request.mutable_get_bgp_table() = question;
}
inline void put(const ipc::GetBgpNeighborRoutes& question, ipc::ControlplaneRequest& request) {
    *request.mutable_get_bgp_neighbor_routes() = question;
}
inline void put(const ipc::GetRoutes& question, ipc::ControlplaneRequest& request) {
    *request.mutable_get_routes() = question;
}
inline const ipc::BgpTable& portion(const ipc::ControlplaneReply& reply,
                                    const ipc::GetBgpTable& /*question*/) {
    return reply.bgp_table();
}
inline const ipc::BgpTable& portion(const ipc::ControlplaneReply& reply,
                                    const ipc::GetBgpNeighborRoutes& /*question*/) {
    return reply.bgp_table();
}
inline const ipc::Routes& portion(const ipc::ControlplaneReply& reply,
                                  const ipc::GetRoutes& /*question*/) {
    return reply.routes();
}
inline bool is_off(const ipc::BgpTable& table) {
    return table.local_as() == 0;
}
inline bool is_off(const ipc::Routes& /*routes*/) {
    return false;
}

// Answers with a table of the control plane, which comes in portions: each is asked for when the
// one before it has gone on to the client, and none is kept. `writer` makes the text:
// portion(table) of each, end() after the last.
template <class Question, class Writer>
class TableStream : public std::enable_shared_from_this<TableStream<Question, Writer>> {
public:
    TableStream(ControlplaneLink& controlplane, Question question, Writer writer)
        : controlplane_(controlplane), question_(std::move(question)), writer_(std::move(writer)) {}

    void next(const Done& done) {
        ipc::ControlplaneRequest request;
        put(question_, request);
        controlplane_.ask(std::move(request), [self = this->shared_from_this(),
                                               done](const Result<ipc::ControlplaneReply>& reply) {
            if (!reply) return done(failure(reply.error().message));
            self->take(portion(*reply, self->question_), done);
        });
    }

private:
    template <class Table>
    void take(const Table& table, const Done& done) {
        if (is_off(table)) return done(bgp_is_off());
        Output output{writer_.portion(table)};
        if (table.walk() == 0) {
            output.text += writer_.end();
        } else {
            question_.set_walk(table.walk());
            output.more = [self = this->shared_from_this()](const Done& go_on) {
                self->next(go_on);
            };
        }
        done(std::move(output));
    }

    ControlplaneLink& controlplane_;
    Question question_;
    Writer writer_;
};

template <class Question, class Writer>
void stream_table(ControlplaneLink& controlplane, Question question, Writer writer,
                  const Done& done) {
    std::make_shared<TableStream<Question, Writer>>(controlplane, std::move(question),
                                                    std::move(writer))
        ->next(done);
}

// What is printed of a few entries at once, in the place of a table: they fit into one portion.
template <class Table>
struct Detail {
    std::function<std::string(const Table&)> text;
    Table whole{};

    [[nodiscard]] std::string portion(const Table& table) {
        whole.MergeFrom(table);
        return {};
    }
    [[nodiscard]] std::string end() const { return text(whole); }
};

}  // namespace torii::mgmt
