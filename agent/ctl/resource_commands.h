#pragma once

#include "agent/ctl/report.h"

#include <string>
#include <vector>

// The commands that show and change resources, in the words of kubectl. Each prints what it did and
// returns the exit code.
namespace torii::agent {

struct ResourceCommand {
    // Where they are: one of these, else what TORII_MANIFESTS or KUBECONFIG says.
    std::string manifests;
    std::string kubeconfig;
    bool in_cluster = false;
    std::string status_dir;  // empty: "status" in the manifests' folder
    std::string kind;
    std::string name;  // empty: all
    std::string namespace_name = "default";
    bool all_namespaces = false;
    bool wide = false;
    Output output = Output::table;
    std::string file;                 // of apply and delete; "-" is standard input
    std::string patch;                // JSON or YAML
    std::vector<std::string> labels;  // "key=value", "key-"
    bool overwrite = false;
    std::string selector;  // of get
};

int get_resources(const ResourceCommand& command);
int apply_resources(const ResourceCommand& command);
int delete_resources(const ResourceCommand& command);
int label_resource(const ResourceCommand& command);
int patch_resource(const ResourceCommand& command);
// Whether the node named is to be out of service: in its spec.unschedulable.
int set_cordoned(ResourceCommand command, bool cordoned);
// In the editor of the environment.
int edit_resource(const ResourceCommand& command);
// Whether the files are what the agent takes, without applying them.
int check_files(const std::vector<std::string>& files);

}  // namespace torii::agent
