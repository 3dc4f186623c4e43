#pragma once

#include "dataplane/pipeline/access_list.h"
#include "platform/base/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <platform/ipc/proto/config.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>
#include <vector>

namespace torii::dataplane {

// An access list as configured, its rules by sequence.
struct AccessListSpec {
    std::string name;
    std::vector<pipeline::AccessRule> rules;

    friend bool operator==(const AccessListSpec&, const AccessListSpec&) = default;
};

// The lists of an interface; empty: none.
struct AccessOfPort {
    std::string in;
    std::string out;
};

// An error names the list and the rule.
[[nodiscard]] Result<std::vector<AccessListSpec>> read_access_lists(
    const ipc::DataplaneConfig& message);

// The lists there are, by name. A list that did not change stays what it is; of one that did, the
// rules that are the same go on counting.
class AccessLists {
public:
    struct Entry {
        std::shared_ptr<const pipeline::AccessList> list;
        std::vector<std::uint64_t> before;  // counted by former lists; as AccessList::packets()
    };
    using Entries = std::map<std::string, Entry>;

    // What adopt() takes; changes nothing. An error says which list there is no memory for.
    [[nodiscard]] Result<Entries> build(const std::vector<AccessListSpec>& wanted,
                                        unsigned workers) const;
    void adopt(Entries entries) { entries_ = std::move(entries); }

    // Null for an empty name.
    [[nodiscard]] std::shared_ptr<const pipeline::AccessList> find(const std::string& name) const;
    // Of all lists, without where they are used.
    [[nodiscard]] ipc::AccessLists show() const;

private:
    Entries entries_;
};

}  // namespace torii::dataplane
