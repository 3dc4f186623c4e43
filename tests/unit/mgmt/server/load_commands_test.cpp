#include "mgmt/server/load_commands.h"

#include "tests/support/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <sstream>

namespace torii::mgmt {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

std::string example(const char* name) {
    std::ifstream stream(std::string(TORII_EXAMPLES_DIR) + "/" + name);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

class LoadTest : public testing::Test {
protected:
    LoadTest()
        : store_(*datastore::Datastore::open(schema(), folder_.path() / "router.json")),
          sessions_(store_),
          session_(sessions_.open({"admin", Role::admin, "cli", ""})),
          load_(schema(), sessions_) {
        EXPECT_TRUE(sessions_.configure(*session_, Editing::shared));
        load_.add_to(grammar_);
    }

    Output run(const std::vector<std::string>& words,
               const std::optional<std::string>& input = std::nullopt, Form form = Form::text) {
        const auto match = grammar_.match(words);
        EXPECT_TRUE(match);
        Output out;
        Invocation asked{session_, match->arguments, form, {}};
        asked.input = input;
        (*match->run)(asked, [&out](Output got) { out = std::move(got); });
        return out;
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        return session_->candidate->draft().set_commands();
    }

    test::TemporaryFolder folder_;
    datastore::Datastore store_;
    Sessions sessions_;
    SessionPtr session_;
    LoadCommands load_;
    Grammar grammar_;
};

TEST_F(LoadTest, TheTextIsAskedOfTheClient) {
    EXPECT_EQ(run({"load", "frr", "/etc/frr/frr.conf"}).wanted_input, "/etc/frr/frr.conf");
    EXPECT_EQ(run({"load", "set", "terminal"}).wanted_input, "");
    EXPECT_FALSE(session_->candidate->changed());
}

TEST_F(LoadTest, AnFrrConfigurationGoesIntoTheCandidateWithAReport) {
    const Output output = run({"load", "frr", "x"}, example("frr.conf"));
    EXPECT_EQ(output.status, 0);
    EXPECT_THAT(output.text, AllOf(HasSubstr("  14  neighbor CILIUM remote-as external"),
                                   HasSubstr("set bgp neighbor 192.168.20.100 peer-group CILIUM"),
                                   HasSubstr("14 mapped, 5 with nothing to set, 0 not supported"),
                                   HasSubstr("commit puts them in force"),
                                   Not(HasSubstr("Before this can be committed"))));
    EXPECT_THAT(lines(), Contains("set bgp neighbor 192.168.20.100 peer-group CILIUM"));
    EXPECT_TRUE(datastore::make_image(schema(), *session_->candidate->document()))
        << "a commit takes it";
    EXPECT_TRUE(store_.running().set_commands().empty());
}

TEST_F(LoadTest, WhatTheModelRefusesIsSaidAtItsLine) {
    const Output output = run({"load", "frr", "x"},
                              "router bgp 65000\n bgp router-id 1.1.1.1\n"
                              " neighbor 10.0.0.1 remote-as 70000000000\n"
                              "interface eth1\n ip address 10.0.0.2/24\n");
    EXPECT_THAT(output.text,
                AllOf(HasSubstr("! not supported: bgp neighbor 10.0.0.1 remote-as: "),
                      HasSubstr("Before this can be committed:\n  line 4: interface eth1: needs a "
                                "platform port of this name, vlan, or loopback")));
    EXPECT_THAT(lines(), Contains("set interface eth1 ipv4 address 10.0.0.2/24"));
}

TEST_F(LoadTest, BadCommandsAreAllNamedAndNoneIsDone) {
    const Output output =
        run({"load", "set", "terminal"},
            "set system hostname one\nset bgp as x\nset forwarding ecmp hash l5\n");
    EXPECT_EQ(output.status, 1);
    EXPECT_EQ(output.text,
              "% line 2: bgp as: \"x\" must be an AS number, 1 to 4294967295\n"
              "% line 3: forwarding ecmp hash: \"l5\" must be one of l4, l3, inner\n"
              "% 2 errors, nothing was changed\n");
    EXPECT_FALSE(session_->candidate->changed());
}

TEST_F(LoadTest, CommandsStartWhereEditWentInto) {
    session_->edit_path = {"bgp", "neighbor", "192.0.2.1"};
    EXPECT_EQ(run({"load", "set", "terminal"}, "set remote-as 65001\n").status, 0);
    EXPECT_THAT(lines(), Contains("set bgp neighbor 192.0.2.1 remote-as 65001"));
}

TEST_F(LoadTest, WhatIsSavedCanBeLoaded) {
    ASSERT_EQ(run({"load", "merge", "x"}, example("router.json")).status, 0);
    const auto before = lines();
    for (const Form form : {Form::text, Form::json, Form::set}) {
        const Output saved = run({"save", "file"}, std::nullopt, form);
        EXPECT_EQ(saved.save_as, "file");
        const Output loaded = run({"load", "replace", "x"}, saved.text);
        EXPECT_EQ(loaded.status, 0) << loaded.text;
        EXPECT_EQ(lines(), before);
    }
    EXPECT_THAT(run({"save", "file"}, std::nullopt, Form::xml).text,
                HasSubstr("<bgp xmlns=\"urn:torii:bgp\">"));
}

}  // namespace
}  // namespace torii::mgmt
