#include "agent/ctl/resource_table.h"

#include "agent/ctl/table.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <initializer_list>

namespace torii::agent {
namespace json = boost::json;
namespace {

using Row = std::vector<std::string>;
constexpr std::size_t kAddressesShown = 3;

const json::value* find(const json::object& object, std::initializer_list<std::string_view> path) {
    const json::object* inside = &object;
    const json::value* value = nullptr;
    for (const std::string_view name : path) {
        value = inside != nullptr ? inside->if_contains(name) : nullptr;
        if (value == nullptr) return nullptr;
        inside = value->if_object();
    }
    return value;
}

std::string text(const json::value* value, std::string otherwise) {
    if (value == nullptr || value->is_null()) return otherwise;
    const json::string* string = value->if_string();
    return string != nullptr ? std::string(*string) : json::serialize(*value);
}

// The texts of a list, or one member of each of its objects, with commas between them.
std::string listed(const json::value* value, std::string_view member, std::string otherwise) {
    const json::array* array = value != nullptr ? value->if_array() : nullptr;
    std::string all;
    if (array == nullptr) return otherwise;
    for (const json::value& item : *array) {
        const json::object* object = item.if_object();
        const std::string one =
            object == nullptr ? text(&item, "") : text(object->if_contains(member), "");
        if (!one.empty()) all += (all.empty() ? "" : ",") + one;
    }
    return all.empty() ? otherwise : all;
}

std::string external_ip(const json::object& content, const std::string& type) {
    const std::string own = listed(find(content, {"spec", "externalIPs"}), "", "");
    if (type != "LoadBalancer") return own.empty() ? "<none>" : own;
    const std::string given =
        listed(find(content, {"status", "loadBalancer", "ingress"}), "ip", "");
    if (given.empty() && own.empty()) return "<pending>";
    return given + (given.empty() || own.empty() ? "" : ",") + own;
}

std::string ports(const json::object& content) {
    const json::value* value = find(content, {"spec", "ports"});
    const json::array* array = value != nullptr ? value->if_array() : nullptr;
    std::string all;
    if (array == nullptr) return "<none>";
    for (const json::value& item : *array) {
        const json::object* port = item.if_object();
        if (port == nullptr) continue;
        const std::string node_port = text(port->if_contains("nodePort"), "0");
        all += fmt::format("{}{}{}/{}", all.empty() ? "" : ",", text(port->if_contains("port"), ""),
                           node_port == "0" ? "" : ":" + node_port,
                           text(port->if_contains("protocol"), "TCP"));
    }
    return all.empty() ? "<none>" : all;
}

std::string selector(const json::object& content) {
    const json::value* value = find(content, {"spec", "selector"});
    const json::object* labels = value != nullptr ? value->if_object() : nullptr;
    std::string all;
    if (labels == nullptr) return "<none>";
    for (const auto& label : *labels) {
        all += fmt::format("{}{}={}", all.empty() ? "" : ",", std::string(label.key()),
                           text(&label.value(), ""));
    }
    return all.empty() ? "<none>" : all;
}

Row service_row(const json::object& content) {
    const std::string type = text(find(content, {"spec", "type"}), "ClusterIP");
    const std::string cluster_ip =
        text(find(content, {"spec", "clusterIP"}),
             listed(find(content, {"spec", "clusterIPs"}), "", "<none>"));
    return {type, cluster_ip, external_ip(content, type), ports(content)};
}

// Three are shown, as kubectl does it.
std::string slice_addresses(const json::object& content) {
    const json::value* value = find(content, {"endpoints"});
    const json::array* endpoints = value != nullptr ? value->if_array() : nullptr;
    std::string all;
    std::size_t count = 0;
    if (endpoints == nullptr) return "<unset>";
    for (const json::value& endpoint : *endpoints) {
        const json::object* fields = endpoint.if_object();
        const json::value* addresses =
            fields != nullptr ? fields->if_contains("addresses") : nullptr;
        const std::string first = listed(addresses, "", "");
        if (first.empty() || ++count > kAddressesShown) continue;
        all += (all.empty() ? "" : ",") + first;
    }
    if (count > kAddressesShown) all += fmt::format(" + {} more...", count - kAddressesShown);
    return all.empty() ? "<unset>" : all;
}

// What the condition of a type says: of "status" or "message".
std::string condition(const json::object& content, std::string_view type, std::string_view what) {
    const json::value* value = find(content, {"status", "conditions"});
    const json::array* conditions = value != nullptr ? value->if_array() : nullptr;
    if (conditions == nullptr) return {};
    for (const json::value& item : *conditions) {
        const json::object* entry = item.if_object();
        if (entry != nullptr && text(entry->if_contains("type"), "") == type) {
            return text(entry->if_contains(what), "");
        }
    }
    return {};
}

Row pool_row(const json::object& content) {
    return {text(find(content, {"spec", "disabled"}), "false"),
            condition(content, "cilium.io/PoolConflict", "status"),
            condition(content, "cilium.io/IPsAvailable", "message")};
}

Row slice_row(const json::object& content) {
    return {text(find(content, {"addressType"}), ""),
            listed(find(content, {"ports"}), "port", "<unset>"), slice_addresses(content)};
}

Row header(const Kind& kind) {
    if (kind.kind == "EndpointSlice") return {"ADDRESSTYPE", "PORTS", "ENDPOINTS"};
    if (kind.kind == "Service") return {"TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)"};
    if (kind.kind == "CiliumLoadBalancerIPPool")
        return {"DISABLED", "CONFLICTING", "IPS AVAILABLE"};
    return {};
}

}  // namespace

std::string age_text(const std::string& creation_timestamp, std::int64_t now) {
    std::tm time{};
    if (strptime(creation_timestamp.c_str(), "%Y-%m-%dT%H:%M:%S", &time) == nullptr) {
        return "<unknown>";
    }
    const std::int64_t seconds = std::max<std::int64_t>(0, now - timegm(&time));
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = minutes / 60;
    const std::int64_t days = hours / 24;
    const auto two = [](std::int64_t large, std::string_view unit, std::int64_t small,
                        std::string_view small_unit) {
        const std::string rest = small == 0 ? "" : fmt::format("{}{}", small, small_unit);
        return fmt::format("{}{}{}", large, unit, rest);
    };
    // As kubectl: coarser the older it is.
    if (seconds < 120) return fmt::format("{}s", seconds);
    if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
    if (hours < 3) return fmt::format("{}m", minutes);
    if (hours < 8) return two(hours, "h", minutes % 60, "m");
    if (hours < 48) return fmt::format("{}h", hours);
    if (days < 8) return two(days, "d", hours % 24, "h");
    return fmt::format("{}d", days);
}

std::string resource_table(const Kind& kind, const std::vector<kube::Object>& resources,
                           const TableOptions& options) {
    const bool is_service = kind.kind == "Service";
    std::vector<Row> rows(1);
    if (options.all_namespaces && kind.namespaced) rows[0].emplace_back("NAMESPACE");
    rows[0].emplace_back("NAME");
    for (std::string& column : header(kind)) rows[0].push_back(std::move(column));
    rows[0].emplace_back("AGE");
    if (is_service && options.wide) rows[0].emplace_back("SELECTOR");
    for (const kube::Object& resource : resources) {
        Row& row = rows.emplace_back();
        if (options.all_namespaces && kind.namespaced) row.push_back(resource.key.namespace_name);
        row.push_back(resource.key.name);
        Row columns;
        if (is_service) columns = service_row(resource.content);
        if (kind.kind == "EndpointSlice") columns = slice_row(resource.content);
        if (kind.kind == "CiliumLoadBalancerIPPool") columns = pool_row(resource.content);
        row.insert(row.end(), columns.begin(), columns.end());
        row.push_back(age_text(resource.creation_timestamp, options.now));
        if (is_service && options.wide) row.push_back(selector(resource.content));
    }
    return format_table(rows);
}

std::string resource_values(const std::vector<kube::Object>& resources, bool one, Output output) {
    if (one && resources.size() == 1) return text_of(resources.front().content, output);
    json::array items;
    for (const kube::Object& resource : resources) items.push_back(resource.content);
    return text_of(
        json::object{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}}, output);
}

}  // namespace torii::agent
