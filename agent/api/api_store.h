#pragma once

#include "agent/api/elector.h"
#include "agent/api/reflector.h"
#include "agent/api/status_patch.h"
#include "agent/api/status_writer.h"
#include "agent/kube/store.h"
#include "platform/base/clock.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace torii::api {

struct ApiStoreOptions {
    std::string node;
    std::string secrets_namespace;
    bool controller = false;    // follows all nodes, stands for election, writes statuses
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

private:
    // A status that we want and that no event has confirmed yet.
    struct Promise {
        boost::json::object status;
        std::string base_version{};     // of the resource that the patch is for
        std::string written_version{};  // after the patch, by the server's answer; empty: none yet
        bool refused = false;           // the resource is another by now: its event will come
    };
    void add_writer(const MakeTransport& make_transport, const Random& random);
    void take(const ResourceType& type, api::Changes changes);
    void take(const ResourceType& type, Change change);
    void keep(const ResourceType& type, const kube::Object& object);
    void drop(const kube::ObjectKey& key);
    void election_changed();
    void check_freshness();
    void note();
    [[nodiscard]] bool complete() const;
    [[nodiscard]] std::vector<Error> problems() const;
    [[nodiscard]] bool is_written(const ResourceType& type) const;
    [[nodiscard]] std::map<kube::ObjectKey, boost::json::object> wishes(
        const kube::Statuses& wanted) const;

    Scheduler& scheduler_;
    ApiStoreOptions options_;
    std::function<void()> changed_;
    std::vector<std::unique_ptr<Reflector>> reflectors_;
    std::unique_ptr<Elector> elector_;      // of a controller
    std::unique_ptr<StatusWriter> writer_;  // of a controller

    // Resources without the version of their API in the key.
    model::Snapshot snapshot_;
    std::set<kube::ObjectKey> known_;
    std::map<kube::ObjectKey, std::vector<Error>> object_problems_;
    std::map<kube::ObjectKey, Kept> kept_;
    std::map<kube::ObjectKey, Promise> promises_;
    kube::Statuses statuses_;
    std::vector<std::string> changes_;  // since the last reading

    bool fresh_ = false;             // listed since the election
    std::vector<std::string> told_;  // problems, as last told
    bool told_complete_ = false;
    bool noted_ = false;
    Timer noting_;
};

}  // namespace torii::api
