#pragma once

#include "agent/api/elector.h"
#include "agent/api/reflector.h"
#include "agent/api/resource_request.h"
#include "agent/api/wishes.h"
#include "agent/kube/store.h"
#include "platform/base/clock.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace torii::api {

struct ApiStoreOptions {
    std::string node;
    std::string secrets_namespace;
    bool controller = false;    // follows all nodes, stands for election, writes for all
    LeaseSettings lease;        // of controllers
    std::string own_condition;  // the type of the condition in the services that are ours
};

// The resources of a cluster at its API server. A single resource that cannot be read keeps what it
// last said; while the server is away everything stays as it was.
class ApiStore final : public kube::Store {
public:
    using MakeTransport = std::function<std::unique_ptr<Transport>()>;

    ApiStore(Scheduler& scheduler, ApiStoreOptions options, const MakeTransport& make_transport,
             const Random& random);

    [[nodiscard]] Result<void> start(std::function<void()> changed) override;
    [[nodiscard]] Result<kube::Reading> read() override;
    [[nodiscard]] const kube::Statuses& statuses() const override { return statuses_; }
    // True only when the services and pools were listed anew since the election: what the leader
    // before has done last is seen by then.
    [[nodiscard]] bool lead() override;
    [[nodiscard]] Result<void> write(const kube::Statuses& wanted) override;
    [[nodiscard]] Result<void> make(const kube::Made& changes) override;
    [[nodiscard]] Result<void> report(const kube::ObjectKey& key,
                                      const std::optional<boost::json::object>& status) override;
    // A node that is back needs to know the others: until it tells nothing any more it follows all
    // Nodes, in a large cluster some events a second.
    [[nodiscard]] Result<void> tell(const std::optional<model::Absence>& absence) override;

private:
    void take(const ResourceType& type, api::Changes changes);
    void take(const ResourceType& type, Change change);
    void keep(const ResourceType& type, const kube::Object& object);
    void drop(const kube::ObjectKey& key);
    void forget_wishes(const kube::ObjectKey& key);
    void follow_nodes();
    void forget_nodes();
    [[nodiscard]] const model::Absence* told() const;
    void election_changed();
    void check_freshness();
    void note();
    [[nodiscard]] std::vector<const Wishes*> writers() const;
    [[nodiscard]] bool complete() const;
    [[nodiscard]] std::vector<Error> problems() const;
    [[nodiscard]] bool is_written(const ResourceType& type) const;
    [[nodiscard]] std::map<kube::ObjectKey, boost::json::object> wanted_statuses(
        const kube::Statuses& wanted) const;
    [[nodiscard]] bool complete_owner(boost::json::object& content) const;
    [[nodiscard]] std::optional<Wishes::Wish> wish(
        const kube::ObjectKey& key, const std::optional<boost::json::object>& content) const;

    Scheduler& scheduler_;
    ApiStoreOptions options_;
    MakeTransport make_transport_;
    Random random_;
    std::function<void()> changed_;
    std::vector<std::unique_ptr<Reflector>> reflectors_;
    std::unique_ptr<Reflector> nodes_;  // the others, while they are needed
    // Of a controller: its election, the statuses it decides on, the resources that it makes.
    std::unique_ptr<Elector> elector_;
    std::unique_ptr<Wishes> decisions_;
    std::unique_ptr<Wishes> made_;
    Wishes own_;       // the status of this node
    Wishes absences_;  // what it tells

    // Resources without the version of their API in the key.
    model::Snapshot snapshot_;
    std::set<kube::ObjectKey> known_;
    std::map<kube::ObjectKey, std::vector<Error>> object_problems_;
    std::map<kube::ObjectKey, Kept> kept_;
    kube::Statuses statuses_;
    std::vector<std::string> changes_;  // since the last reading

    bool begun_ = false;             // with a complete reading
    bool fresh_ = false;             // listed since the election
    std::vector<std::string> told_;  // problems, as last told
    bool told_complete_ = false;
    bool noted_ = false;
    Timer noting_;
};

}  // namespace torii::api
