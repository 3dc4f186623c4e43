#include "agent/kube/base64.h"
#include "agent/kube/decode_kinds.h"

namespace torii::kube {

model::Secret decode_secret(const Field& root) {
    model::Secret secret;
    const Field data = root["data"];
    for (const auto& [name, value] : data.strings()) {
        const auto decoded = decode_base64(value);
        // The value does not go into the message: it may be the secret itself.
        if (!decoded)
            data[name].wrong(
                "Invalid value: must be base64 (RFC 4648); plain text goes "
                "into stringData");
        if (decoded) secret.data[name] = *decoded;
    }
    for (const auto& [name, value] : root["stringData"].strings()) secret.data[name] = value;
    return secret;
}

}  // namespace torii::kube
