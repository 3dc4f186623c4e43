#pragma once

#include "agent/kube/store.h"
#include "platform/base/result.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::kube {

// A folder of manifests (*.yaml, *.yml, *.json) as a source of resources. A file with a mistake
// keeps what it last said when it was right, so that a typing error takes no route away.
class ManifestFolder {
public:
    explicit ManifestFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // Everything there is now. An error when the folder itself cannot be read.
    [[nodiscard]] Result<Reading> read();

private:
    struct File {
        std::optional<std::string> text;  // nothing: it could not be read
        std::vector<Object> objects;      // of the last version without a mistake
        std::vector<Error> problems;      // of the present one
    };

    [[nodiscard]] Result<std::map<std::string, Result<std::string>>> read_files() const;
    void update(const std::string& name, const Result<std::string>& text);
    [[nodiscard]] Reading collect();
    [[nodiscard]] std::vector<std::string> note_changes(std::map<ObjectKey, const Object*> present);

    std::filesystem::path folder_;
    std::map<std::string, File> files_;
    std::map<ObjectKey, boost::json::object> known_;
};

}  // namespace torii::kube
