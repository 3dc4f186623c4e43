#pragma once

#include "agent/api/resource_writer.h"
#include "agent/api/transport.h"
#include "agent/kube/object.h"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace torii::api {

// What the server is to do about resources. Each is asked for once, until an event has shown that
// it is done, or that the resource is another by now.
class Wishes {
public:
    struct Wish {
        boost::json::object content;  // the same wish has the same
        std::string version;  // of the resource that the request is for; empty: there is none yet
        Request request;
    };

    // `may_write` is asked before each request; `changed`: problem() is another.
    Wishes(Scheduler& scheduler, std::unique_ptr<Transport> transport, const Random& random,
           std::function<bool()> may_write, std::function<void()> changed);

    // All that the server does not have yet as it should be, in place of what was.
    void want(std::map<kube::ObjectKey, Wish> wanted);
    // What was asked for about the resource is not for the one that is there now.
    void forget(const kube::ObjectKey& key) { promises_.erase(key); }
    void clear() { promises_.clear(); }

    // Calls `consume` with everything that is wanted and that no event has confirmed.
    void each(const std::function<void(const kube::ObjectKey&, const boost::json::object&)>&
                  consume) const;
    // What a person should know; empty: nothing.
    [[nodiscard]] const std::string& problem() const { return writer_.problem(); }

private:
    struct Promise {
        Wish wish;
        bool done = false;
        std::string written_version{};  // by the server's answer
        bool refused = false;           // the resource is another by now: its event will come
    };

    ResourceWriter::Listener listener(std::function<bool()> may_write,
                                      std::function<void()> changed);

    std::map<kube::ObjectKey, Promise> promises_;
    ResourceWriter writer_;
};

}  // namespace torii::api
