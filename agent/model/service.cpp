#include "agent/model/service.h"

namespace torii::model {

Labels selectable_labels(const Service& service) {
    Labels labels = service.metadata.labels;
    labels["io.kubernetes.service.name"] = service.metadata.name;
    labels["io.kubernetes.service.namespace"] = service.metadata.namespace_name;
    return labels;
}

}  // namespace torii::model
