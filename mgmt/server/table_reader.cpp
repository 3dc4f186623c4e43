#include "mgmt/server/table_reader.h"

#include "mgmt/server/table_stream.h"
#include "mgmt/show/bgp.h"
#include "mgmt/show/table_data.h"
#include "mgmt/show/text.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace torii::mgmt {
namespace {

std::string value_of(const yang::TableWish& wish, const char* leaf) {
    const auto found = wish.with.find(leaf);
    return found == wish.with.end() ? std::string() : found->second;
}

// A prefix says which family it is of, whatever else is asked for.
std::vector<ipc::AddressFamily> families_of(const yang::TableWish& wish) {
    if (const std::string prefix = value_of(wish, "prefix"); !prefix.empty()) {
        return {show::is_ipv6(prefix) ? ipc::IPV6_UNICAST : ipc::IPV4_UNICAST};
    }
    const std::string name = value_of(wish, "family");
    for (const ipc::AddressFamily family : show::kFamilies) {
        if (name == show::family_name(family)) return {family};
    }
    return {show::kFamilies.begin(), show::kFamilies.end()};
}

// Of both kinds: one entry is meant, never the longest match of an address.
template <class Body>
Body about(const yang::TableWish& wish, ipc::AddressFamily family) {
    Body body;
    body.set_family(family);
    body.set_prefix(value_of(wish, "prefix"));
    return body;
}

ipc::GetBgpNeighborRoutes of_neighbor(const yang::TableWish& wish, ipc::AddressFamily family,
                                      const std::string& address, ipc::NeighborRoutes routes) {
    auto body = about<ipc::GetBgpNeighborRoutes>(wish, family);
    body.set_address(address);
    body.set_routes(routes);
    return body;
}

struct Asking {
    const ipc::BgpNeighbors& neighbors;
    std::vector<TableReader::Question>& out;

    // `leaf`: which names the neighbor; without it: all of them.
    void neighbors_named(const yang::TableWish& wish, ipc::AddressFamily family, const char* leaf,
                         ipc::NeighborRoutes routes) {
        const std::string wanted = value_of(wish, leaf);
        for (const ipc::BgpNeighborState& neighbor : neighbors.neighbors()) {
            if (!wanted.empty() && wanted != neighbor.address()) continue;
            out.emplace_back(of_neighbor(wish, family, neighbor.address(), routes));
        }
    }
    void add(const yang::TableWish& wish, ipc::AddressFamily family) {
        if (wish.table == "routing/state/route") {
            auto body = about<ipc::GetRoutes>(wish, family);
            body.set_protocol(value_of(wish, "protocol"));
            out.emplace_back(std::move(body));
        } else if (wish.table == "bgp/state/path") {
            const std::string peer = value_of(wish, "peer");
            if (peer.empty() || peer == "local") {
                out.emplace_back(about<ipc::GetBgpTable>(wish, family));
            } else {
                neighbors_named(wish, family, "peer", ipc::ACCEPTED_ROUTES);
            }
        } else if (wish.table == "bgp/neighbor/state/received-path") {
            neighbors_named(wish, family, "address", ipc::RECEIVED_ROUTES);
        } else if (wish.table == "bgp/neighbor/state/advertised-path") {
            neighbors_named(wish, family, "address", ipc::ADVERTISED_ROUTES);
        }
    }
};

struct Portion {
    boost::json::object document;
    std::size_t entries = 0;
    std::uint64_t walk = 0;
};

std::size_t paths_in(const ipc::BgpTable& table) {
    std::size_t count = 0;
    for (const ipc::BgpTableEntry& entry : table.entries()) {
        count += static_cast<std::size_t>(entry.paths_size());
    }
    return count;
}

Portion portion_of(const ipc::GetRoutes& question, const ipc::ControlplaneReply& reply,
                   std::int64_t now) {
    const ipc::Routes& routes = portion(reply, question);
    return {show::routes_data(routes, now), static_cast<std::size_t>(routes.routes_size()),
            routes.walk()};
}

Portion portion_of(const ipc::GetBgpTable& question, const ipc::ControlplaneReply& reply,
                   std::int64_t now) {
    const ipc::BgpTable& table = portion(reply, question);
    return {show::paths_data(table, now), paths_in(table), table.walk()};
}

Portion portion_of(const ipc::GetBgpNeighborRoutes& question, const ipc::ControlplaneReply& reply,
                   std::int64_t now) {
    const ipc::BgpTable& table = portion(reply, question);
    const std::string& address = question.address();
    Portion out{{}, paths_in(table), table.walk()};
    switch (question.routes()) {
        case ipc::RECEIVED_ROUTES:
            out.document = show::received_paths_data(address, table, now);
            break;
        case ipc::ADVERTISED_ROUTES:
            out.document = show::advertised_paths_data(address, table, now);
            break;
        default: out.document = show::paths_data(table, now); break;
    }
    return out;
}

}  // namespace

TableReader::Questions TableReader::questions(const yang::TableWishes& wishes,
                                              const ipc::BgpNeighbors& neighbors) {
    Questions out;
    Asking asking{neighbors, out};
    for (const yang::TableWish& wish : wishes) {
        for (const ipc::AddressFamily family : families_of(wish)) asking.add(wish, family);
    }
    return out;
}

void TableReader::read(ControlplaneLink& controlplane, Questions questions, std::int64_t now,
                       Read done) {
    read_page(controlplane, std::move(questions), kEntriesMost + 1, now,
              [done = std::move(done)](Result<Page, yang::TableFault> page) {
                  if (!page) return done(unexpected(page.error()));
                  if (page->entries <= kEntriesMost) return done(std::move(page->documents));
                  done(unexpected(yang::TableFault{
                      fmt::format("these are more than {} entries: name a prefix, a protocol or a "
                                  "neighbor, or read them by get-page (NETCONF)",
                                  kEntriesMost),
                      true}));
              });
}

void TableReader::read_page(ControlplaneLink& controlplane, Questions questions, std::size_t limit,
                            std::int64_t now, PageRead done) {
    // Private to make, so not by make_shared.
    const std::shared_ptr<TableReader> reader(
        new TableReader(controlplane, std::move(questions), limit, now, std::move(done)));
    reader->next();
}

void TableReader::next() {
    if (at_ == questions_.size() || page_.entries >= limit_) return end();
    ipc::ControlplaneRequest request;
    std::visit(
        [&](auto& question) {
            question.set_limit(static_cast<std::uint32_t>(limit_ - page_.entries));
            put(question, request);
        },
        questions_[at_]);
    controlplane_.ask(std::move(request), [self = shared_from_this()](
                                              const Result<ipc::ControlplaneReply>& reply) {
        if (!reply) return self->done_(unexpected(yang::TableFault{reply.error().message}));
        self->take(*reply);
    });
}

void TableReader::take(const ipc::ControlplaneReply& reply) {
    Portion got = std::visit(
        [&](const auto& question) { return portion_of(question, reply, now_); }, questions_[at_]);
    page_.entries += got.entries;
    if (got.entries != 0) page_.documents.push_back(std::move(got.document));
    if (got.walk == 0) {
        ++at_;
    } else {
        std::visit([&](auto& question) { question.set_walk(got.walk); }, questions_[at_]);
    }
    next();
}

void TableReader::end() {
    questions_.erase(questions_.begin(), questions_.begin() + static_cast<std::ptrdiff_t>(at_));
    page_.rest = std::move(questions_);
    done_(std::move(page_));
}

}  // namespace torii::mgmt
