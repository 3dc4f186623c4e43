#include "mgmt/shell/completion.h"

#include <gtest/gtest.h>

namespace torii::shell {
namespace {

ipc::Completions of(std::initializer_list<const char*> words) {
    ipc::Completions out;
    for (const char* word : words) {
        auto* added = out.add_completions();
        added->set_word(word);
        added->set_help("What it is.");
    }
    return out;
}

TEST(Completion, TabAddsWhatAllHaveInCommon) {
    EXPECT_EQ(tab_addition("show ip b", of({"bgp"})), "gp ");
    EXPECT_EQ(tab_addition("set bgp r", of({"remote-as", "remote-port"})), "emote-");
    EXPECT_EQ(tab_addition("set bgp remote-", of({"remote-as", "remote-port"})), "");
    EXPECT_EQ(tab_addition("set bgp neighbor ", of({"192.0.2.1", "<address>"})), "192.0.2.1 ");
    EXPECT_EQ(tab_addition("set bgp as ", of({"<as>"})), "");
    EXPECT_EQ(tab_addition("show nonsense", of({})), "");
}

TEST(Completion, ListHasHelpInAColumn) {
    EXPECT_EQ(completion_list(of({"as", "neighbor"})),
              "  as        What it is.\n  neighbor  What it is.\n");
    EXPECT_EQ(completion_list(of({})), "  <Enter>\n");
}

}  // namespace
}  // namespace torii::shell
