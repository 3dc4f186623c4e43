#include "mgmt/yang/edit.h"
#include "mgmt/yang/schema_walk.h"
#include "mgmt/yang/value_check.h"

#include <libyang/libyang.h>

#include <algorithm>

namespace torii::yang {
namespace {

// What nobody can tell the meaning of may be a secret behind a mistyped word.
constexpr const char* kUnknown = "...";

std::string joined(Words words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

}  // namespace

std::string shown_words(const Schema& schema, Words words) {
    const lysc_node* node = nullptr;
    std::size_t at = 0;
    while (at < words.size()) {
        const auto child = child_by_word(schema, node, words[at]);
        if (!child) {
            const std::string known = joined(words.first(at + 1));
            return at + 1 < words.size() ? known + " " + kUnknown : known;
        }
        node = *child;
        ++at;
        if (is_secret(node)) {
            const std::string known = joined(words.first(at));
            return at < words.size() ? known + " " + kSecretShown : known;
        }
        if ((node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) != 0) break;
        if (node->nodetype == LYS_LIST) at = std::min(words.size(), at + keys_of(node).size());
    }
    return joined(words);
}

}  // namespace torii::yang
