#include "agent/ctl/bgp_commands.h"
#include "agent/ctl/resource_commands.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace torii::agent;

struct Options {
    std::vector<std::string> run_dirs;
    std::vector<std::string> agents;
    std::string output = "table";
    std::vector<std::string> route_words;
    std::vector<std::string> files;
    bool waits = false;
    unsigned wait_seconds = 60;
    ResourceCommand resource;
};

// What TORII_RUN_DIR says, with colons between them.
std::vector<std::string> usual_run_dirs() {
    const char* named = std::getenv("TORII_RUN_DIR");
    std::istringstream rest(named != nullptr ? named : "/run/torii");
    std::vector<std::string> directories;
    for (std::string directory; std::getline(rest, directory, ':');) {
        if (!directory.empty()) directories.push_back(directory);
    }
    return directories;
}

std::vector<std::string> sockets(const Options& options) {
    std::vector<std::string> paths = options.agents;
    const bool asked_for = !paths.empty() || !options.run_dirs.empty();
    for (const std::string& directory : asked_for ? options.run_dirs : usual_run_dirs()) {
        paths.push_back(directory + "/agent.sock");
    }
    return paths;
}

// The commands of the command line, and which of them was given.
class Commands {
public:
    explicit Commands(Options& options) : options_(options) {
        app_.require_subcommand(1);
        app_.fallthrough();
        app_.add_option(
                "--run-dir", options.run_dirs,
                "Run directory of an agent; may come many times (TORII_RUN_DIR, with colons)")
            ->allow_extra_args(false);
        app_.add_option("--agent", options.agents, "Socket of an agent; may come many times")
            ->allow_extra_args(false);
        app_.add_option("--manifests", options.resource.manifests,
                        "Folder of manifests that the agents follow (TORII_MANIFESTS)");
        app_.add_option("--kubeconfig", options.resource.kubeconfig,
                        "File that says where the Kubernetes API is, and who one is (KUBECONFIG)");
        app_.add_flag("--in-cluster", options.resource.in_cluster,
                      "Use the Kubernetes API with the service account of this pod");
        app_.add_option("--status-dir", options.resource.status_dir,
                        "Folder of statuses; by default status/ in that of the manifests");
        app_.add_option("-o,--output", options.output, "table, wide, json or yaml")
            ->check(CLI::IsMember({"table", "wide", "json", "yaml"}));
        add_agent_commands();
        add_resource_commands();
        add_drain_commands();
    }

    int run(int argc, char** argv) {
        CLI11_PARSE(app_, argc, argv);
        command_.sockets = sockets(options_);
        if (options_.output == "json") command_.output = Output::json;
        if (options_.output == "yaml") command_.output = Output::yaml;
        options_.resource.output = command_.output;
        options_.resource.wide = options_.output == "wide";
        return chosen_();
    }

private:
    CLI::App* group(const std::string& name, const std::string& help) {
        CLI::App* made = app_.add_subcommand(name, help);
        made->require_subcommand(1);
        made->fallthrough();
        return made;
    }

    CLI::App* add(CLI::App* parent, const std::string& name, const std::string& help,
                  std::function<int()> action) {
        CLI::App* made = parent->add_subcommand(name, help);
        made->fallthrough();
        made->callback([this, action = std::move(action)] { chosen_ = action; });
        return made;
    }

    void add_agent_commands() {
        CLI::App* bgp = group("bgp", "BGP of the nodes");
        add(bgp, "peers", "Peers and their sessions", [this] { return show_bgp_peers(command_); });
        add(bgp, "routes", "Routes that the nodes originate, have sent or have received",
            [this] { return show_bgp_routes(command_, options_.route_words); })
            ->add_option("words", options_.route_words,
                         "[available|advertised|received] [ipv4|ipv6] [unicast] [vrouter ASN] "
                         "[peer ADDRESS]");
        add(bgp, "route-policies", "What each peer is told, and why",
            [this] { return show_bgp_policies(command_); });
        add(bgp, "conditions", "What is wrong with the manifests",
            [this] { return show_bgp_conditions(command_); });
        add(group("service", "Services as the nodes have them"), "list",
            "Frontends and their backends", [this] { return list_services(command_); });
        add(group("lb", "Load balancing of the nodes"), "list",
            "A line for each service and each of its backends",
            [this] { return list_load_balancing(command_); });
        add(group("ipcache", "Addresses of the cluster"), "list", "Where each address is",
            [this] { return list_ip_cache(command_); });
    }

    void add_resource_commands() {
        ResourceCommand& resource = options_.resource;
        const auto add_names = [&](CLI::App* command, bool needed) {
            command->add_option("kind", resource.kind, "svc, ippool, node, cbgppeer, ...")
                ->required(needed);
            command->add_option("name", resource.name, "Of the resource");
            command->add_option("-n,--namespace", resource.namespace_name, "Of the resource")
                ->capture_default_str();
        };
        CLI::App* get = add(&app_, "get", "Shows resources with their statuses",
                            [&resource] { return get_resources(resource); });
        add_names(get, true);
        get->add_flag("-A,--all-namespaces", resource.all_namespaces, "Of all namespaces");
        get->add_option("-l,--selector", resource.selector,
                        "Only with these labels: KEY=VALUE, KEY!=VALUE, KEY, !KEY, with commas");
        add(&app_, "apply", "Adds or replaces the resources of a file",
            [&resource] { return apply_resources(resource); })
            ->add_option("-f,--filename", resource.file, "The file, - for standard input")
            ->required();
        CLI::App* remove = add(&app_, "delete", "Removes a resource, or those of a file",
                               [&resource] { return delete_resources(resource); });
        add_names(remove, false);
        remove->add_option("-f,--filename", resource.file, "The file, - for standard input");
        CLI::App* label = add(&app_, "label", "Changes labels of a resource",
                              [&resource] { return label_resource(resource); });
        add_names(label, true);
        label->add_option("labels", resource.labels, "KEY=VALUE, or KEY- to remove it")->required();
        label->add_flag("--overwrite", resource.overwrite, "Also labels that have another value");
        CLI::App* patch = add(&app_, "patch", "Merges an object into a resource",
                              [&resource] { return patch_resource(resource); });
        add_names(patch, true);
        patch->add_option("-p,--patch", resource.patch, "The object, in JSON or YAML")->required();
        CLI::App* edit =
            add(&app_, "edit", "Changes a resource in the editor of KUBE_EDITOR or EDITOR",
                [&resource] { return edit_resource(resource); });
        add_names(edit, true);
        CLI::App* pools = group("ippool", "Address pools for services");
        add(pools, "list", "The pools and what is left of them", [&resource] {
            resource.kind = "ippool";
            return get_resources(resource);
        });
        add(&app_, "check", "Tells what is wrong with files of manifests",
            [this] { return check_files(options_.files); })
            ->add_option("files", options_.files, "The files")
            ->required();
    }

    void add_drain_commands() {
        ResourceCommand& resource = options_.resource;
        const std::string name = "Name of the node";
        CLI::App* drain =
            add(&app_, "drain", "Takes a node out of service; connections that are open stay",
                [this] { return this->drain(); });
        drain->add_option("node", resource.name, name)->required();
        drain->add_flag("--wait", options_.waits, "Until its agent has withdrawn its services");
        drain->add_option("--wait-duration", options_.wait_seconds, "No longer, in s")
            ->capture_default_str();
        add(&app_, "undrain", "Puts a node back into service",
            [&resource] { return set_cordoned(resource, false); })
            ->add_option("node", resource.name, name)
            ->required();
    }

    int drain() {
        const int code = set_cordoned(options_.resource, true);
        if (code != EXIT_SUCCESS || !options_.waits) return code;
        return wait_for_drain(command_, options_.resource.name,
                              std::chrono::seconds(options_.wait_seconds));
    }

    Options& options_;
    AgentCommand command_;
    std::function<int()> chosen_;
    CLI::App app_{"Shows what the agents of the nodes do, and changes their resources", "toriictl"};
};

}  // namespace

int main(int argc, char** argv) {
    Options options;
    Commands commands(options);
    return commands.run(argc, argv);
}
