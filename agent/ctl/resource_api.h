#pragma once

#include "agent/api/http_transport.h"
#include "agent/api/resource_type.h"
#include "agent/ctl/resources.h"
#include "platform/runtime/event_loop.h"

#include <boost/json/value.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace torii::agent {

// The resources at a Kubernetes API server, asked and changed one after the other.
class ResourceApi final : public Resources {
public:
    explicit ResourceApi(api::Access access);

    [[nodiscard]] Result<std::vector<kube::Object>> find(const Kind& kind,
                                                         const std::string& namespace_name,
                                                         const std::string& name) override;
    // As kubectl does it without server-side apply: what was applied last is in an annotation, so
    // that what is no longer there goes and what others have added stays.
    [[nodiscard]] Result<Change> apply(kube::Object object) override;
    [[nodiscard]] Result<void> remove(const kube::ObjectKey& key) override;
    [[nodiscard]] Result<Change> patch(const kube::ObjectKey& key,
                                       const boost::json::object& change) override;
    [[nodiscard]] Result<Change> replace(const kube::ObjectKey& key,
                                         boost::json::object content) override;

private:
    struct Answer {
        api::Outcome outcome;
        boost::json::value body;
    };
    // Waits for the answer; that of an error is one, too.
    [[nodiscard]] Answer exchange(api::Request request);
    // An error unless the answer is one of success.
    [[nodiscard]] Result<boost::json::object> call(std::string_view method,
                                                   const std::string& target,
                                                   std::string_view content_type = {},
                                                   const boost::json::object& body = {});
    // The version of the kind's API that the server has.
    [[nodiscard]] Result<std::string_view> version_of(const api::ResourceType& type);
    [[nodiscard]] Result<std::string> collection(std::string_view kind,
                                                 const std::string& namespace_name);
    [[nodiscard]] Result<std::string> path(const kube::ObjectKey& key);
    // Nothing: there is none.
    [[nodiscard]] Result<std::optional<boost::json::object>> get(const kube::ObjectKey& key);
    [[nodiscard]] Result<void> list(const Kind& kind, const std::string& collection,
                                    std::vector<kube::Object>& found);
    [[nodiscard]] Result<Change> change(const kube::ObjectKey& key, const std::string& before,
                                        const boost::json::object& change);

    EventLoop loop_;
    std::string server_;
    api::HttpTransport transport_;
    std::map<std::string_view, std::string_view> versions_;  // by kind
};

}  // namespace torii::agent
