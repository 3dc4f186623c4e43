#include "agent/api/wishes.h"

#include <utility>

namespace torii::api {
namespace json = boost::json;
using kube::ObjectKey;

Wishes::Wishes(Scheduler& scheduler, std::unique_ptr<Transport> transport, const Random& random,
               std::function<bool()> may_write, std::function<void()> changed)
    : writer_(scheduler, std::move(transport), random,
              listener(std::move(may_write), std::move(changed))) {}

ResourceWriter::Listener Wishes::listener(std::function<bool()> may_write,
                                          std::function<void()> changed) {
    ResourceWriter::Listener listener;
    listener.may_write = std::move(may_write);
    listener.written = [this](const ObjectKey& key, const std::string& version) {
        const auto promise = promises_.find(key);
        if (promise == promises_.end()) return;
        promise->second.done = true;
        promise->second.written_version = version;
    };
    listener.dropped = [this](const ObjectKey& key) {
        const auto promise = promises_.find(key);
        if (promise != promises_.end()) promise->second.refused = true;
    };
    listener.changed = std::move(changed);
    return listener;
}

void Wishes::want(std::map<ObjectKey, Wish> wanted) {
    std::map<ObjectKey, Request> requests;
    std::map<ObjectKey, Promise> promises;
    for (auto& [key, wish] : wanted) {
        Promise promise{std::move(wish)};
        const auto before = promises_.find(key);
        if (before != promises_.end() && before->second.wish.content == promise.wish.content) {
            const Promise& old = before->second;
            const bool written = old.done && promise.wish.version == old.written_version;
            if (written || promise.wish.version == old.wish.version) promise = old;
        }
        // The event of it is on its way; or the server did not keep all of it, as it knows less of
        // the kind than we do.
        if (!promise.done && !promise.refused) requests.emplace(key, promise.wish.request);
        promises.emplace(key, std::move(promise));
    }
    promises_ = std::move(promises);
    writer_.want(std::move(requests));
}

void Wishes::each(const std::function<void(const ObjectKey&, const json::object&)>& consume) const {
    for (const auto& [key, promise] : promises_) consume(key, promise.wish.content);
}

}  // namespace torii::api
